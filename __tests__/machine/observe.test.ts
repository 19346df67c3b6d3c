/** What administrators see of a server from their own computer, and what it does by itself to stay well. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Status } from '../../operations/statusPage';
import type { Visitor } from '../visitor';
import { Listeners } from './listeners';
import { takesConnectionsFrom } from './connections';
import { eventually } from './eventually';
import { DOMAIN, LocalServer, type Outputs } from './localServer';
import { alertedSeries, dashboardQueries, Monitor } from './monitor';

jest.setTimeout(300_000);

let server: LocalServer;
let outputs: Outputs;
let visitor: Visitor;
let listeners: Listeners;

beforeAll(async () => {
  server = await LocalServer.served();
  const { smtp } = server;
  listeners = await Listeners.around(server);
  await server.stack.setConfig({ smtp: { ...smtp, dkimSelector: 'relay' }, metrics: true });
  await server.stack.up();
  outputs = await server.outputs();
  await listeners.introduce();
  visitor = await server.owner();
}, 900_000);

afterAll(async () => {
  await (listeners as Listeners | undefined)?.stop();
  await (server as LocalServer | undefined)?.remove();
}, 120_000);

const sudo = (command: string) => server.ssh('alice', `sudo ${command}`);
const start = (unit: string) => sudo(`systemctl start mastodon-${unit}`);

/** A make target, as the administrator Alice calls it. */
async function make(name: string, variables: Record<string, string> = {}, flags: string[] = []) {
  const done = await server.stack.operation(
    name,
    {
      ADMIN: 'alice',
      KEY: join(server.folder, 'alice'),
      RESOLVER: server.cloud.addresses.dns,
      NODE_EXTRA_CA_CERTS: server.cloud.acmeRoot,
      ...variables,
    },
    { flags },
  );
  return { ...done, said: done.stdout + done.stderr };
}
const verdicts = (said: string) =>
  Object.fromEntries(
    [...said.matchAll(/^([✓!✗-]) ([\w ]+?)  /gm)].map(([, mark, name = '']) => [name, mark]),
  );

test('make status: all is well, and which versions run', async () => {
  await start('watch');
  const { exitCode, said } = await make('status');
  expect(said).toMatch(/^mastodon\.test \(.*\): all is well\n/);
  expect(said).toMatch(/^Versions: mastodon 4\.\d+\.\d+\S*, system Debian/m);
  expect(exitCode).toBe(0);
  expect(Object.values(verdicts(said)).filter((mark) => mark !== '✓')).toEqual([]);
});

test('make status: what is not well, with what to do, and as JSON for other programs', async () => {
  await sudo(`sh -c 'systemctl stop mastodon-lease-guard.timer mastodon-lease; rm /run/mastodon/lease-held'`);
  await sudo(`sh -c 'mkdir -p /var/lib/mastodon/alerts; echo "A drill" >/var/lib/mastodon/alerts/drill'`);
  const page = await make('status');
  const json = await make('status', {}, ['--json']);
  await sudo('systemctl start mastodon-lease mastodon-lease-guard.timer');
  await sudo('rm /var/lib/mastodon/alerts/drill');

  expect(page.exitCode).toBe(1);
  expect(page.said).toContain('is not well');
  expect(verdicts(page.said)).toMatchObject({ lease: '✗', drill: '!', certificate: '✓' });
  expect(page.said).toContain('→ This machine does not know that it holds the lease');
  const { verdict, checks, figures } = JSON.parse(json.stdout) as Status;
  expect([verdict, json.exitCode]).toEqual(['bad', 1]);
  expect(checks.find(({ name }) => name === 'lease')?.verdict).toBe('bad');
  expect(figures.mastodon_database_bytes).toBeGreaterThan(1_000_000);
});

test('make doctor: names the records that mail needs, and nothing more once they are there', async () => {
  const before = await make('doctor', { MAIL: 'no' });
  expect(verdicts(before.said)).toMatchObject({
    ...{ 'name servers': '✓', addresses: '✓', certificates: '✓', HTTP: '✓', HTTPS: '✓', webfinger: '✓' },
    ...{ federation: '✓', streaming: '✓', media: '✓', SPF: '✗', DKIM: '✗', DMARC: '✗', mail: '-' },
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
  const after = await make('doctor');
  expect(verdicts(after.said)).toMatchObject({ SPF: '✓', DKIM: '✓', DMARC: '✓', mail: '✓' });
  expect(after.exitCode).toBe(0);
  expect(listeners.mails.at(-1)?.text).toContain('This is a test: mail from this server arrives.');
});

test('make doctor: tells what is broken from outside, though the machine runs', async () => {
  await sudo('systemctl stop mastodon-streaming');
  const { exitCode, said } = await make('doctor', { MAIL: 'no' });
  await sudo('systemctl start mastodon-streaming');
  expect(exitCode).toBe(1);
  expect(verdicts(said)).toMatchObject({ HTTPS: '✓', streaming: '✗' });
  expect(said).toContain('make logs UNIT=streaming');
});

test('make logs and make tootctl reach the machine; a unit that is none is refused', async () => {
  const logs = await make('remote', { UNIT: 'watch', SINCE: '1 hour ago' }, ['logs']);
  expect(logs.said).toContain('Finished mastodon-watch.service');
  const version = await make('remote', { ARGS: 'version' }, ['tootctl']);
  expect(version.stdout).toMatch(/^4\.\d+\.\d+/);
  expect((await make('remote', { UNIT: 'a;reboot' }, ['logs'])).said).toContain(
    'UNIT=a;reboot is no unit; expected a name such as web',
  );
});

test('the commands of the runbooks do what they say, on a machine that is well', async () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'runbooks.md'), 'utf8');
  const lines = [...page.matchAll(/^ *```sh\n(.*?)^ *```$/gms)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.replace(/ #.*$/, '').trim());
  const onMachine = lines.filter((line) => /^(sudo|df|systemctl|journalctl|timeout) /.test(line));
  expect(onMachine.length).toBeGreaterThan(8);
  for (const line of onMachine) await server.ssh('alice', line);
  const tootctl = lines.flatMap((line) => /^make tootctl ARGS='(.*)'$/.exec(line)?.[1] ?? []);
  expect(tootctl.length).toBeGreaterThan(1);
  for (const ARGS of tootctl) {
    const { exitCode, said } = await make('remote', { ARGS }, ['tootctl']);
    expect([ARGS, exitCode, said]).toEqual([ARGS, 0, said]);
  }
  expect((await make('doctor', { MAIL: 'no' })).said).toContain('✓ webfinger');
});

test('metrics: a Prometheus on the VPN finds what the dashboard and the alerts ask for, others find nothing', async () => {
  await start('watch.service');
  const monitor = await Monitor.start(server);
  try {
    await eventually(
      'all six exporters answer',
      async () => (await monitor.query('up == 1')).length === 6,
      30,
    );
    await eventually('each query has an answer', async () => {
      // Somebody is there, and posts: jobs are done.
      await visitor.api('POST', '/api/v1/statuses', { status: 'measured' });
      const empty: string[] = [];
      for (const query of [...dashboardQueries(), ...alertedSeries()])
        if ((await monitor.query(query)).length === 0) empty.push(query);
      if (empty.length > 0) throw new Error(`nothing for ${empty.join('; ')}`);
      return true;
    });
    await eventually(
      'posts are counted as what they are',
      async () => {
        const requests = await monitor.query('ruby_http_requests_total');
        const told = requests.map(({ metric }) => `${metric.controller ?? ''}#${metric.action ?? ''}`);
        if (told.includes('api/v1/statuses#create')) return true;
        throw new Error(`only ${told.join(', ')}`);
      },
      30,
    );
    expect(await monitor.query('ALERTS{alertstate="firing"}')).toEqual([]);
    await sudo('systemctl stop prometheus-redis-exporter');
    await eventually('one of them is missed', async () => {
      const pending = await monitor.query('ALERTS{alertname="MastodonUnreachable"}');
      return pending.map(({ metric }) => metric.exporter).join() === 'redis';
    });
    await sudo('systemctl start prometheus-redis-exporter');
  } finally {
    await monitor.stop();
  }
  const { publicAddress } = outputs;
  expect(await takesConnectionsFrom(server.cloud.addresses.outsider, publicAddress, 9180)).toBe(false);
  // What is behind it listens to the machine alone.
  const ports = '\\b(9100|9113|9121|9181|9187|9394)\\b';
  const listening = await sudo(`ss --listening --tcp --numeric --no-header | grep -E '${ports}'`);
  expect(listening.trim().split('\n')).toHaveLength(6);
  expect(listening.replaceAll('127.0.0.1:', '')).not.toMatch(/(\*|::|0\.0\.0\.0):9/);
});

test('housekeeping clears files away that no record names, keeps the others, and measures the buckets', async () => {
  const picture = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  );
  const { url } = (await visitor.upload(picture, 'A dot')) as { url: string };
  const kept = server.bucket(outputs.buckets.media.name) + new URL(url).pathname;
  const orphan = kept.replace(/(\d{3}\/){4}\d{3}/, '000/000/000/000/001');
  expect(orphan).not.toBe(kept);
  mkdirSync(dirname(orphan), { recursive: true });
  writeFileSync(orphan, picture);

  await start('housekeeping@monthly');
  expect([existsSync(kept), existsSync(orphan)]).toEqual([true, false]);
  await start('housekeeping@weekly');
  await start('housekeeping@daily');
  const { said } = await make('status');
  expect(said).toMatch(/✓ store-media +\d+B of 466GB/);
  expect((await visitor.get('/health')).status).toBe(200);
});

test('timers are randomised, and none of the heavy ones begins while another is at work', async () => {
  const timers = (await sudo('systemctl list-timers --all --no-legend mastodon-*')).match(
    /mastodon-\S+\.timer/g,
  );
  expect(timers).toEqual(
    expect.arrayContaining(
      ['backup', 'dump', 'proof', 'reboot', 'redis-snapshot', 'watch']
        .concat(['daily', 'weekly', 'monthly'].map((often) => `housekeeping@${often}`))
        .map((name) => `mastodon-${name}.timer`),
    ),
  );
  const held = sudo('flock /var/lib/mastodon sleep 15');
  await eventually('the lock is held', () => sudo('flock --nonblock /var/lib/mastodon true').then(() => false, () => true)); // prettier-ignore
  const heavy = ['backup', 'housekeeping@daily'].map((job) => `mastodon-${job}`);
  await sudo(`systemctl start --no-block ${heavy.join(' ')}`);
  for (const unit of heavy) {
    const waits = `pid=$(systemctl show --property MainPID --value ${unit}); ((pid)) && ! pgrep --parent "$pid"`;
    await eventually(`${unit} waits`, () => server.ssh('alice', waits).then(() => true), 5);
  }
  await held;
  await sudo(`systemctl start ${heavy.join(' ')}`); // joins those that are at work
});

test('a reboot that an update asks for waits for the maintenance window, and then comes by itself', async () => {
  const bootId = () => server.ssh('alice', 'cat /proc/sys/kernel/random/boot_id');
  const before = await bootId();
  const hour = (ahead: number) => `${String((new Date().getUTCHours() + ahead) % 24).padStart(2, '0')}:00`;
  await server.stack.setConfig({ maintenanceWindow: `${hour(12)}-${hour(13)}` });
  await server.stack.up();
  await sudo('touch /run/reboot-required');
  await start('reboot');
  expect(await sudo('journalctl --unit mastodon-reboot --output cat')).toContain(
    'the maintenance window is over',
  );
  expect(await bootId()).toBe(before);
  expect((await make('status')).said).toMatch(/✓ reboot +a reboot waits for/);

  await server.stack.setConfig({ maintenanceWindow: `${hour(0)}-${hour(2)}` });
  const { stdout, stderr } = await server.stack.preview();
  expect(stdout + stderr).toContain('On the machine, pulumi up writes files that need no restart.');
  await server.stack.up();
  await sudo('systemctl start --no-block mastodon-reboot');
  await eventually('another boot', async () => (await bootId()) !== before);
  await eventually('the server answers', async () => (await visitor.get('/health')).status === 200);
});

test('pulumi up from outside the VPN says so within 30 seconds, and changes nothing on the machine', async () => {
  const { vpn, outsider } = server.cloud.addresses;
  await server.stack.setConfig({ vpnCidrs: [outsider.cidr] });
  const begin = Date.now();
  await expect(server.stack.up()).rejects.toThrow(
    `SSH is open to ${outsider.cidr} only (setting vpnCidrs): are you on the VPN?`,
  );
  // The firewall's own change and the program's start are in it, on a busy machine. Pulumi's own patience is minutes.
  expect(Date.now() - begin).toBeLessThan(90_000);
  expect((await visitor.get('/health')).status).toBe(200);
  await server.stack.setConfig({ vpnCidrs: [vpn.cidr], metrics: false });
  await server.stack.up();
  const units = await sudo(
    `systemctl list-units --plain --no-legend 'prometheus-*' mastodon-metrics.service`,
  );
  expect(units).toBe('');
});
