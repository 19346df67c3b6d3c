/** Changes of a server, wanted and unwanted, and a reboot. */
import type { Visitor } from '../support/visitor';
import { eventually } from '../support/eventually';
import { DOMAIN, LocalServer } from '../support/machine/local-server';

jest.setTimeout(600_000);

let server: LocalServer;
let visitor: Visitor;

beforeAll(async () => {
  server = await LocalServer.served();
  visitor = await server.owner();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

describe('a server that pulumi up has made', () => {
  test('repairs by converge what was changed, and restarts only what reads it', async () => {
    await server.sudo(`sh -c 'echo "# edited" >>/etc/mastodon/redis.conf'`);
    const dry = await server.sudo('converge --dry-run');
    expect(dry).toContain('~ write /etc/mastodon/redis.conf');
    expect(await server.sudo('tail -n 1 /etc/mastodon/redis.conf')).toContain('# edited');
    const pid = (unit: string) => server.sudo(`systemctl show ${unit} --property=MainPID --value`);
    const before = await pid('mastodon-web@1');
    expect(await server.sudo('converge')).toContain('~ write /etc/mastodon/redis.conf');
    expect(await pid('mastodon-web@1')).toBe(before);
    expect(await server.sudo('tail -n 1 /etc/mastodon/redis.conf')).not.toContain('# edited');
  });

  test('comes back from a reboot with everything', async () => {
    const bootId = () =>
      server.ssh(
        'alice',
        'cat /proc/sys/kernel/random/boot_id; systemctl show --property=UserspaceTimestampMonotonic',
      );
    await visitor.api('POST', '/api/v1/statuses', { status: 'The first one' });
    const before = await bootId();
    await server.sudo('systemctl reboot').catch(() => undefined);
    await eventually('another boot', async () => (await bootId()) !== before);
    await server.answers();
    const { body } = await visitor.get('/api/v1/timelines/public');
    expect(body).toContain('The first one');
    expect(await server.sudo('converge')).toMatch(/ 0 changes\n$/);
  });

  test('lets a new administrator in and a former one out, and gives Mastodon a new sender, without touching the rest', async () => {
    const pid = (unit: string) => server.sudo(`systemctl show ${unit} --property=MainPID --value`);
    const [database, web] = [await pid('postgresql@17-main'), await pid('mastodon-web@1')];
    await server.stack.setConfig({
      administrators: ['alice', 'stranger'].map((name) => server.administrator(name)),
      smtp: { ...server.smtp, from: `News <news@${DOMAIN}>` },
    });
    await server.stack.up();
    expect(await server.ssh('stranger', 'sudo id --user --name')).toBe('root\n');
    await expect(server.ssh('bob', 'true')).rejects.toThrow('Permission denied');
    expect(await server.sudo('podman exec mastodon-web-1 printenv SMTP_FROM_ADDRESS')).toBe(
      `News <news@${DOMAIN}>\n`,
    );
    expect(await server.sudo('podman exec mastodon-web-1 printenv SMTP_PASSWORD')).toBe(
      `${server.smtp.password}\n`,
    );
    expect(await pid('postgresql@17-main')).toBe(database);
    expect(await pid('mastodon-web@1')).not.toBe(web);
  });

  test('continues with the old image when the new one cannot be had, and says which', async () => {
    const { mastodon } = await server.settings();
    const missing = `sha256:${'0f'.repeat(32)}`;
    await server.stack.setConfig({ mastodon: { ...mastodon, webDigest: missing } });
    const error: unknown = await server.stack.up().catch((reason: unknown) => reason);
    expect(String(error)).toContain(`the image registry.civo.test/mastodon@${missing} could not be pulled`);
    expect(await server.healthy()).toBe(true);
    await server.sudo('systemctl restart mastodon-web@1 mastodon-web@2');
    expect(await server.healthy()).toBe(true);
    await server.stack.setConfig({ mastodon });
    await server.stack.up();
  });
});
