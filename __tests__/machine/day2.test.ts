/** Changes of a server that people use: they don't notice. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { shellArchive } from '../../cloud-init/shellArchive';
import { render } from '../../cloud-init/template';
import { judge } from '../../settings/judge';
import { programSettings } from '../engine/programSettings';
import type { Visitor } from '../visitor';
import { eventually } from './eventually';
import { DOMAIN, LocalServer, type Outputs } from './localServer';
import { Traffic } from './traffic';

jest.setTimeout(600_000);

let server: LocalServer;
let outputs: Outputs;
let visitor: Visitor;

beforeAll(async () => {
  server = await LocalServer.served();
  outputs = await server.outputs();
  visitor = await server.owner();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

const root = (script: string) => server.ssh('alice', 'sudo bash -euo pipefail', { input: script });
const sql = (query: string) =>
  root(`cd / && runuser -u postgres -- psql -tAc "${query}" mastodon_production`);
const property = async (unit: string, name: string) =>
  Number(await root(`systemctl show ${unit} --property=${name} --value`));
const sender = (container: string) => root(`podman exec ${container} printenv SMTP_FROM_ADDRESS`);

/** What people have noticed: nothing. Each post that was taken is there, and once. */
async function expectUnnoticed(traffic: Traffic): Promise<void> {
  const { posts, failures } = await traffic.end();
  expect(failures).toEqual([]);
  const [prefix = ''] = posts[0]?.split(',') ?? [];
  const kept = (await sql(`SELECT text FROM statuses WHERE text LIKE '${prefix}, %'`)).trim().split('\n');
  expect(kept.sort()).toEqual(posts.sort());
}

test('a change of settings fails no request, and loses no post and no job', async () => {
  const { id } = (await visitor.api('POST', '/api/v1/statuses', { status: 'to be removed' })) as {
    id: string;
  };
  // The job that removes it is at work, and stays so for longer than Sidekiq waits for it.
  const holding = sql(`BEGIN; SELECT 1 FROM statuses WHERE id = ${id} FOR UPDATE; SELECT pg_sleep(600)`);
  const waitFor = (what: string, event: string) =>
    eventually(what, async () => (await sql(`SELECT 1 FROM pg_stat_activity WHERE ${event}`)) === '1\n');
  await waitFor('the post is held', `wait_event = 'PgSleep'`);
  await visitor.api('DELETE', `/api/v1/statuses/${id}`);
  await waitFor('the job is at work', `wait_event_type = 'Lock'`);

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
  await expectUnnoticed(traffic);

  await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)'`);
  await holding.catch(() => undefined);
  const gone = `SELECT count(*) FROM statuses WHERE id = ${id}`;
  await eventually('the job is done after all', async () => Number(await sql(gone)) === 0, 30);

  for (const container of [
    'mastodon-web-1',
    'mastodon-web-2',
    'mastodon-sidekiq-push',
    'mastodon-streaming',
  ]) {
    const told = await root(`podman exec ${container} printenv SMTP_LOGIN SMTP_PASSWORD SMTP_FROM_ADDRESS`);
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
  const cut = root(
    'while systemctl --quiet is-active mastodon-web@1.service; do sleep 0.1; done; pkill --signal KILL --full "[.]/converge"',
  );
  const up = server.stack.up().catch(String);
  await cut;
  expect(await up).toContain('converge');
  expect(await sender('mastodon-web-2')).not.toBe(`${from}\n`);

  await server.stack.up();
  expect(await sender('mastodon-web-1')).toBe(`${from}\n`);
  expect(await sender('mastodon-web-2')).toBe(`${from}\n`);
  await expectUnnoticed(traffic);
});

test('a renewal of the certificate fails no request', async () => {
  const traffic = await Traffic.begin(server, 'renewal');
  await eventually('Pebble accepts a nonce', async () => {
    await root('certbot renew --quiet --force-renewal --no-random-sleep-on-renew');
    return true;
  });
  await expectUnnoticed(traffic);
});

test('every text that the settings accept reaches a container as it was given, by bundle, SSH and environment file', async () => {
  const awkward = fc.constantFrom(
    "'",
    '"',
    '$',
    '`',
    '\\',
    '%n',
    '#',
    '=',
    '~',
    '{{',
    '}}',
    ' ',
    '\t',
    '\n',
    '$HOME',
    'é',
    '雪',
    '\u2028',
    '👩‍🚀',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(awkward, { maxLength: 20 }).map((parts) => parts.join('')),
  );
  const { smtp } = await server.settings();
  const accepted = fc.sample(text, { numRuns: 600, seed: 7 }).filter((password) => {
    const settings = { ...programSettings('http://127.0.0.1:9'), smtp: { ...smtp, password } };
    return 'settings' in judge(settings);
  });
  expect(accepted.length).toBeGreaterThan(100);
  const values = Object.fromEntries(accepted.map((text, i) => [`v${String(i)}`, text]));
  const template = accepted.map((_, i) => `V${String(i)}={{v${String(i)}}}\n`).join('');
  const content = render('values.env', template, values, new Set());
  const archive = shellArchive([{ path: 'tried/values.env', mode: '600', content }]);
  const print =
    'source /usr/local/lib/mastodon/bundle/settings.sh && podman run --rm --network none --pull never --env-file tried/values.env "$web_image" env --null';
  const printed = await root(`cd "$(mktemp -d)"\n${archive}\n${print}`);
  const arrived = printed.split('\0').filter((line) => /^V\d+=/.test(line));
  expect(arrived.sort()).toEqual(accepted.map((text, i) => `V${String(i)}=${text}`).sort());
});

test('secrets are rotated by a command each: the old ones open nothing any more', async () => {
  const rotate = (SECRET: string) =>
    server.stack.operation(
      'rotate',
      { SECRET, ADMIN: 'alice', KEY: join(server.folder, 'alice'), STATES: server.folder },
      { flags: ['--yes'] },
    );
  const secrets = (of: Outputs) => of.recovery as unknown as Record<string, string>;
  const before = await server.outputs();
  writeFileSync(join(server.folder, 'deploy before'), secrets(before).deployKey ?? '', { mode: 0o600 });
  expect(await server.ssh('deploy', 'echo in', { key: 'deploy before' })).toBe('in\n');
  // As in production: what is protected can't be replaced.
  await server.stack.setConfig({ protect: true });

  const rotated = async (secret: string) => {
    const { exitCode, stdout, stderr } = await rotate(secret);
    expect([exitCode, stdout + stderr]).toEqual([0, expect.stringContaining(`${secret} is rotated`)]);
    server.forgetOutputs();
  };
  const moment = (await root("date --utc '+%F %T.%N+00'")).trim();
  const traffic = await Traffic.begin(server, 'rotation');
  for (const secret of ['deploy-key', 'host-key', 'backups', 'database-password']) await rotated(secret);
  await expectUnnoticed(traffic);

  const after = await server.outputs();
  for (const name of ['deployKey', 'hostKey', 'databasePassword'])
    expect(secrets(after)[name]).not.toBe(secrets(before)[name]);
  expect(after.recovery.backups.secretAccessKey).not.toBe(before.recovery.backups.secretAccessKey);
  await expect(server.ssh('deploy', 'true', { key: 'deploy before' })).rejects.toThrow('Permission denied');
  expect(await root('cat /etc/ssh/ssh_host_ed25519_key.pub')).toContain(after.sshHostKey.split(' ')[1]);
  await root('systemctl start mastodon-backup.service');
  expect(await root('converge')).toMatch(/ 0 changes\n$/);
  const logins = () => sql("SELECT count(*) FROM pg_roles WHERE rolname ~ '^mastodon' AND rolcanlogin");
  expect(await logins()).toBe('1\n');

  // The database of an earlier moment knows its password of then.
  await root(`mastodon-restore --to '${moment}' --yes </dev/null`);
  await visitor.api('POST', '/api/v1/statuses', { status: 'With the password of now' });
  expect(await logins()).toBe('2\n');
  expect(await root('converge')).toContain('~ close the former logins of the database');
  expect(await logins()).toBe('1\n');
  await server.stack.preview({ expectNoChanges: true });

  const refused = await rotate('encryption-primary-key');
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("can't be rotated")]);
  expect((await rotate('deploykey')).stderr).toContain('did you mean deploy-key?');
  await server.stack.setConfig({ protect: false });
});

test('a larger size and a larger bucket come by their settings, and everything is fitted to them', async () => {
  expect(await root('ls /etc/mastodon/sidekiq')).toBe('default.env\npush.env\n');
  await server.stack.setConfig({ size: 'g3.large', mediaGb: 1000 });
  const { changes } = await server.stack.up();
  expect(changes).toMatchObject({ update: expect.any(Number) as number });
  expect(changes.replace).toBeUndefined();
  await eventually('the server answers', async () => (await visitor.get('/health')).status === 200);

  const { items } = await server.civo<{ items: { name: string; max_size: number }[] }>('GET', 'objectstores');
  expect(items.find(({ name }) => name === outputs.buckets.media.name)?.max_size).toBe(1000);
  expect(await root('cat /etc/mastodon/tuning.env')).toBe('WEB_CONCURRENCY=2\nMAX_THREADS=5\n');
  expect(await sql('SHOW shared_buffers')).toBe('1536MB\n');
  expect(await root('converge')).toMatch(/ 0 changes\n$/);
  // As Sidekiq itself sees it: each queue is in one process, the schedule's above all.
  const processes = await root(
    `podman exec mastodon-web-1 bundle exec rails runner 'require "sidekiq/api"; puts Sidekiq::ProcessSet.new.map { |process| "#{process["concurrency"]} #{process["queues"].uniq.sort.join(" ")}" }.sort'`,
  );
  // Sidekiq logs there, too.
  expect(processes.split('\n').filter((line) => /^\d+ [a-z]/.test(line))).toEqual([
    '10 default fasp mailers pull scheduler',
    '10 push',
    '5 ingress',
  ]);
});
