/** What administrators see of a server from their own computer. */
import type { Status } from '../../cli/server/status-page';
import { doctor } from '../support/machine/doctor';
import { eventually } from '../support/eventually';
import { Listeners } from '../support/machine/listeners';
import { DOMAIN, LocalServer } from '../support/machine/local-server';

jest.setTimeout(300_000);

let server: LocalServer;
let listeners: Listeners;

beforeAll(async () => {
  server = await LocalServer.served();
  listeners = await Listeners.around(server);
  await server.stack.setConfig({ smtp: { ...server.smtp, dkimSelector: 'relay' } });
  await server.stack.up();
  await listeners.introduce();
}, 900_000);

afterAll(async () => {
  await (listeners as Listeners | undefined)?.stop();
  await (server as LocalServer | undefined)?.remove();
}, 120_000);

const verdicts = (said: string) =>
  Object.fromEntries(
    [...said.matchAll(/^([✓!✗-]) ([\w ]+?)  /gm)].map(([, mark, name = '']) => [name, mark]),
  );

test('bin/mastodon status: all is well, and which versions run', async () => {
  await server.sudo('systemctl start mastodon-watch');
  const { exitCode, said } = await server.operation('status');
  expect(said).toMatch(/^mastodon\.test \(.*\): all is well\n/);
  expect(said).toMatch(/^Versions: mastodon 4\.\d+\.\d+\S*, system Debian/m);
  expect(exitCode).toBe(0);
  expect(Object.values(verdicts(said)).filter((mark) => mark !== '✓')).toEqual([]);
});

test('bin/mastodon status: what is not well, with what to do, and as JSON for other programs', async () => {
  await server.sudo(
    `sh -c 'systemctl stop mastodon-lease-guard.timer mastodon-lease; rm /run/mastodon/lease-held'`,
  );
  await server.sudo(
    `sh -c 'mkdir -p /var/lib/mastodon/alerts; echo "A drill" >/var/lib/mastodon/alerts/drill'`,
  );
  const page = await server.operation('status');
  const json = await server.operation('status', {}, { flags: ['--json'] });
  await server.sudo('systemctl start mastodon-lease mastodon-lease-guard.timer');
  await server.sudo('rm /var/lib/mastodon/alerts/drill');

  expect(page.exitCode).toBe(1);
  expect(page.said).toContain('is not well');
  expect(verdicts(page.said)).toMatchObject({ lease: '✗', drill: '!', certificate: '✓' });
  expect(page.said).toContain('→ This machine does not know that it holds the lease');
  const { verdict, checks, figures } = JSON.parse(json.stdout) as Status;
  expect([verdict, json.exitCode]).toEqual(['bad', 1]);
  expect(checks.find(({ name }) => name === 'lease')?.verdict).toBe('bad');
  expect(figures.mastodon_database_bytes).toBeGreaterThan(1_000_000);
});

test('bin/mastodon doctor: names the records that mail needs, and nothing more once they are there', async () => {
  const before = await doctor(server, { MAIL: 'no' });
  expect(verdicts(before.said)).toMatchObject({
    ...{ 'name servers': '✓', addresses: '✓', certificates: '✓', HTTP: '✓', HTTPS: '✓', webfinger: '✓' },
    ...{
      federation: '✓',
      streaming: '✓',
      media: '✓',
      recipients: '✓',
      SPF: '✗',
      DKIM: '✗',
      DMARC: '✗',
      mail: '-',
      alerts: '-',
    },
  });
  expect(before.said).toContain(`→ TXT record of ${DOMAIN}: "v=spf1 include:… -all"`);
  expect(before.exitCode).toBe(1);

  const zones = await server.civo<{ id: string; name: string }[]>('GET', 'dns');
  const zone = zones.find(({ name }) => name === DOMAIN)?.id ?? '';
  const records = [
    ['@', 'v=spf1 include:relay.example.net -all'],
    ['relay._domainkey', 'v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ'],
    ['_dmarc', 'v=DMARC1; p=quarantine'],
  ];
  for (const [name, value] of records)
    await server.civo('POST', `dns/${zone}/records`, { type: 'TXT', name, value, ttl: 600 });
  const after = await doctor(server);
  expect(verdicts(after.said)).toMatchObject({ SPF: '✓', DKIM: '✓', DMARC: '✓', mail: '✓', alerts: '✓' });
  expect(after.exitCode).toBe(0);
  expect(listeners.mails.map(({ text }) => /This is a test: .*/.exec(text)?.[0])).toEqual([
    'This is a test: mail from this server arrives.',
    'This is a test: alerts from this server arrive.',
  ]);
});

test('mail that Mastodon can’t send is an alert with the reason, until it is sent', async () => {
  const inMastodon = (ruby: string) =>
    server.root(`/usr/local/lib/mastodon/in-mastodon bundle exec rails runner "${ruby}" </dev/null`);
  const alert = async () => {
    await server.sudo('systemctl start mastodon-watch');
    return server.ssh('bob', 'cat /var/lib/mastodon/alerts/mail 2>/dev/null || echo none');
  };
  // Sidekiq started before the machine knew the relay.
  await inMastodon(`UserMailer.reset_password_instructions(User.first, 'token').deliver_later`);
  await eventually('the alert', async () =>
    /Mastodon can't send its mail; .*(SocketError|getaddrinfo|Resolv)/.test(await alert()),
  );
  await server.sudo('/usr/local/lib/mastodon/rolling-restart sidekiq');
  await inMastodon(`require 'sidekiq/api'; Sidekiq::RetrySet.new.retry_all`);
  await eventually('no alert', async () => (await alert()) === 'none\n');
  expect(listeners.mails.at(-1)?.text).toContain('mail is well again');
  expect(listeners.mails.some(({ text }) => text.includes('Reset password instructions'))).toBe(true);
});

test('bin/mastodon doctor: reports what is broken from outside, though the machine runs', async () => {
  await server.sudo('systemctl stop mastodon-streaming');
  const { exitCode, said } = await doctor(server, { MAIL: 'no' });
  await server.sudo('systemctl start mastodon-streaming');
  expect(exitCode).toBe(1);
  expect(verdicts(said)).toMatchObject({ HTTPS: '✓', streaming: '✗' });
  expect(said).toContain('bin/mastodon logs streaming');
});

test('bin/mastodon logs and tootctl reach the machine; an unknown unit is refused', async () => {
  const logs = await server.operation('logs', { UNIT: 'watch', SINCE: '1 hour ago' });
  expect(logs.said).toContain('Finished mastodon-watch.service');
  const version = await server.operation('tootctl', { ARGS: 'version' });
  expect(version.said).not.toContain('is not writable');
  expect(version.stdout).toMatch(/^4\.\d+\.\d+/);
  expect((await server.operation('logs', { UNIT: 'a;reboot' })).said).toContain(
    'a;reboot is no unit; expected a name such as web',
  );
});
