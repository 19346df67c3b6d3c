/** Changes of a server that people use: they don't notice. */
import type { Visitor } from '../support/visitor';
import { registerAcmeAccount } from '../support/machine/acme-account';
import { eventually } from '../support/eventually';
import { holdJob } from '../support/machine/held-job';
import { DOMAIN, LocalServer } from '../support/machine/local-server';
import { expectUnnoticed, Traffic } from '../support/machine/traffic';

jest.setTimeout(600_000);

let server: LocalServer;
let visitor: Visitor;

beforeAll(async () => {
  server = await LocalServer.served();
  visitor = await server.owner();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

const property = async (unit: string, name: string) =>
  Number(await server.root(`systemctl show ${unit} --property=${name} --value`));
const sender = (container: string) => server.root(`podman exec ${container} printenv SMTP_FROM_ADDRESS`);

test('a change of settings fails no request, and loses no post and no job', async () => {
  const letGo = await holdJob(server, visitor);

  // As awkward as settings may be, on their way through files, shells and units.
  const smtp = {
    ...server.smtp,
    user: '$HOME "%h" \\n é #1',
    password: `'\`id\` $(id) %s\t雪 `,
    from: `It's "us" & $PATH %n 雪 <news@${DOMAIN}>`,
  };
  const before = await property('mastodon-web@2.service', 'ActiveEnterTimestampMonotonic');
  const traffic = await Traffic.begin(server, 'settings');
  await server.stack.setConfig({ smtp });
  await server.stack.up();
  await expectUnnoticed(server, traffic);

  await letGo();

  for (const container of [
    'mastodon-web-1',
    'mastodon-web-2',
    'mastodon-sidekiq-push',
    'mastodon-streaming',
  ]) {
    const told = await server.root(
      `podman exec ${container} printenv SMTP_LOGIN SMTP_PASSWORD SMTP_FROM_ADDRESS`,
    );
    expect([container, told]).toEqual([container, `${smtp.user}\n${smtp.password}\n${smtp.from}\n`]);
  }
  // One after the other.
  const second = await property('mastodon-web@2.service', 'InactiveEnterTimestampMonotonic');
  expect(second).toBeGreaterThan(before);
  expect(second).toBeGreaterThan(await property('mastodon-web@1.service', 'ActiveEnterTimestampMonotonic'));
});

test('an up that was cut short between the two web processes is made good by the next', async () => {
  const from = `Second <second@${DOMAIN}>`;
  const traffic = await Traffic.begin(server, 'cut short');
  await server.stack.setConfig({ smtp: { ...server.smtp, from } });
  const cut = server.root(
    'while systemctl --quiet is-active mastodon-web@1.service; do sleep 0.1; done; pkill --signal KILL --full "[.]/converge"',
  );
  const up = server.stack.up().catch(String);
  await cut;
  expect(await up).toContain('converge');
  expect(await sender('mastodon-web-2')).not.toBe(`${from}\n`);

  await server.stack.up();
  expect(await sender('mastodon-web-1')).toBe(`${from}\n`);
  expect(await sender('mastodon-web-2')).toBe(`${from}\n`);
  await expectUnnoticed(server, traffic);
});

test('a renewal of the certificate fails no request', async () => {
  await registerAcmeAccount(server);
  const traffic = await Traffic.begin(server, 'renewal');
  await eventually('Pebble accepts a nonce', async () => {
    await server.root('certbot renew --quiet --force-renewal --no-random-sleep-on-renew');
    return true;
  });
  await expectUnnoticed(server, traffic);
});
