/** Upgrades of Mastodon: nobody notices those that succeed, and those that don't undo themselves. The images are stand-ins. */
import type { ImageFile } from '../../local/mastodon/stand-in';
import type { Visitor } from '../visitor';
import { eventually } from './eventually';
import { LocalServer, type Outputs } from './localServer';
import { Traffic } from './traffic';

jest.setTimeout(600_000);

type Release = Awaited<ReturnType<LocalServer['release']>> & { tasks?: string[] };

let server: LocalServer;
let outputs: Outputs;
let visitor: Visitor;
/** What the server runs at the end. */
let slow: Release;
let tasks: string[];

beforeAll(async () => {
  server = await LocalServer.served();
  outputs = await server.outputs();
  visitor = await server.owner();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

interface UpgradeReport {
  from: string;
  to: string;
  steps: { name: string; seconds: number }[];
  outcome: string;
  point?: string;
}

const root = (script: string) => server.ssh('alice', 'sudo bash -euo pipefail', { input: script });
const sql = (query: string) =>
  root(`cd / && runuser -u postgres -- psql -tAc "${query}" mastodon_production`);
const report = async () =>
  JSON.parse(await root('cat /var/lib/mastodon/upgrade-report.json')) as UpgradeReport;

const serving = async () =>
  (JSON.parse((await visitor.get('/nodeinfo/2.0')).body) as { software: { version: string } }).software
    .version;

async function upTo(mastodon: Release): Promise<string> {
  await server.stack.setConfig({ mastodon });
  return server.stack.up().then(
    () => 'came to its end',
    (reason: unknown) => String(reason),
  );
}

/** Nobody's request failed, and each post that was taken is there, once. */
async function expectUnnoticed(traffic: Traffic): Promise<void> {
  const { posts, failures } = await traffic.end();
  expect(failures).toEqual([]);
  const [prefix = ''] = posts[0]?.split(',') ?? [];
  const kept = (await sql(`SELECT text FROM statuses WHERE text LIKE '${prefix}, %'`)).trim().split('\n');
  expect(kept.sort()).toEqual(posts.sort());
}

/** A file of a release that is made for a test; `path` is below Mastodon's folder. */
const file = (path: string, text: string): ImageFile => ({
  path: `opt/mastodon/${path}`,
  content: Buffer.from(text),
  executable: false,
});

const migration = (kind: 'migrate' | 'post_migrate', version: string, name: string, body: string) =>
  file(
    `db/${kind}/${version}_${name.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()}.rb`,
    `class ${name} < ActiveRecord::Migration[7.2]\n  def up\n    ${body}\n  end\nend\n`,
  );

test('a version too far, and one that lies behind, are refused in a preview, with the way that there is', async () => {
  const { mastodon } = await server.settings();
  for (const [version, expected] of [
    ['4.8.0', 'First go to the newest 4.7.x'],
    ['5.1.0', undefined],
    ['6.0.0', 'a version may not be skipped'],
  ] as const) {
    await server.stack.setConfig({ mastodon: { ...mastodon, version } });
    const said = await server.stack.preview().then(
      () => undefined,
      (reason: unknown) => String(reason),
    );
    if (expected === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(expected);
  }
  await server.stack.setConfig({ mastodon });
});

test('an image of another version than the setting says changes nothing', async () => {
  const release = await server.release('4.7.0');
  const said = await upTo({ ...release, version: '4.7.1' });
  expect(said).toContain("is of Mastodon '4.7.0+standin', and mastodon.version is 4.7.1");
  expect(await serving()).toBe('4.6.5+standin');
});

test('a migration that fails half-way leaves the old release serving, and nobody notices', async () => {
  const broken = await server.release('4.7.0', [
    migration('migrate', '20260810000000', 'AddFirst', 'add_column :statuses, :first, :string'),
    migration('migrate', '20260811000000', 'AddSecond', `execute 'SELECT no_such_function()'`),
  ]);
  const traffic = await Traffic.begin(server, 'half-way');
  const said = await upTo(broken);
  expect(said).toContain('the migrations of 4.7.0 failed');
  expect(said).toContain('no_such_function');
  expect(said).toContain('4.6.5 serves on');
  await expectUnnoticed(traffic);
  expect(await serving()).toBe('4.6.5+standin');
  // What the first of them did is there, and does no harm; the next attempt goes on from it.
  expect(await sql(`SELECT count(*) FROM information_schema.columns WHERE column_name = 'first'`)).toBe(
    '1\n',
  );
});

test('a release that does not start is left again by itself, and nobody notices', async () => {
  const broken = await server.release('4.7.0', [file('config/puma.rb', `abort 'this release is broken'\n`)]);
  const traffic = await Traffic.begin(server, 'broken');
  const said = await upTo(broken);
  expect(said).toContain('mastodon-web@1.service does not start');
  expect(said).toContain('The server went back to 4.6.5; nothing that people wrote is lost.');
  await expectUnnoticed(traffic);
  expect(await serving()).toBe('4.6.5+standin');
  expect((await report()).outcome).toContain('went back to 4.6.5');
  expect(await root('systemctl --failed --no-legend list-units "mastodon-*"')).toBe('');
});

test('only a schema that the old release cannot live with brings the database back, to the restore point', async () => {
  await visitor.api('POST', '/api/v1/statuses', { status: 'before the restore point' });
  const breaking = await server.release('4.7.0', [
    migration(
      'post_migrate',
      '20260812000000',
      'DropAccounts',
      'rename_column :statuses, :visibility, :seen_by',
    ),
  ]);
  const said = await upTo(breaking);
  expect(said).toMatch(/4\.6\.5 does not run on the new schema, so the database went back, too, to \d{4}-/);
  expect(await serving()).toBe('4.6.5+standin');
  expect(await sql('SELECT text FROM statuses')).toContain('before the restore point');
  expect(await sql(`SELECT version FROM schema_migrations WHERE version = '20260812000000'`)).toBe('');
  expect((await report()).steps.map(({ name }) => name)).toContain('back up, and prove the backup');
});

test('an upgrade that a power cut ends is taken up by the next, and its tasks are carried out once', async () => {
  // Long enough to be met while it is at work.
  slow = await server.release('4.7.0', [
    migration('migrate', '20260813000000', 'TakeTime', `execute 'SELECT pg_sleep(15)'`),
  ]);
  tasks = ['tootctl settings registrations approved', `tootctl version | grep '4.7.0'`];
  const up = upTo({ ...slow, tasks });
  await eventually('the migration is at work', async () => {
    return (await sql(`SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(15)'`)) === '1\n';
  });
  await server.machines.cutPower(outputs.instanceId);
  await server.machines.start(outputs.instanceId);
  expect(await up).not.toBe('came to its end');
  await eventually('the old release serves', async () => (await serving()) === '4.6.5+standin');
  // An up that lost its connection does not know; the watch does.
  await root('/usr/local/lib/mastodon/watch');
  expect(await root('cat /var/lib/mastodon/alerts/upgrade')).toContain('run pulumi up again');

  const traffic = await Traffic.begin(server, 'upgrade');
  expect(await upTo({ ...slow, tasks })).toBe('came to its end');
  await expectUnnoticed(traffic);
  expect(await serving()).toBe('4.7.0+standin');
  const { from, to, steps, outcome, point } = await report();
  expect({ from, to, outcome, point }).toEqual({
    from: '4.6.5',
    to: '4.7.0',
    outcome: 'Mastodon 4.7.0 serves',
    point: 'before-4.7.0',
  });
  expect(steps.map(({ name }) => name)).toEqual([
    'check the way',
    'check the image',
    'check the schema',
    'check the disk',
    'back up, and prove the backup',
    'mark the restore point',
    'migrations before the change',
    'change over to 4.7.0',
    'look at 4.7.0',
    'post-deployment migrations',
    'look at 4.7.0 again',
    ...tasks,
  ]);
  expect(await sql(`SELECT count(*) FROM pg_indexes WHERE indexname LIKE '%quoted_status_id%'`)).toBe('1\n');
  expect(await root('podman image exists localhost/mastodon-web:previous && echo kept')).toBe('kept\n');
  expect(await root('converge')).toMatch(/ 0 changes\n$/);
  expect(await root('/usr/local/lib/mastodon/watch; ls /var/lib/mastodon/alerts')).not.toContain('upgrade');
});

test('back past a migration is refused, also where only the machine can know; what is left is to undo the upgrade', async () => {
  const { mastodon } = await server.settings();
  expect(await upTo(mastodon)).toContain("the server runs 4.7.0, whose migrations can't be undone");
  server.stack.variables = { UNDONE_UPGRADE: 'yes' };
  await server.stack.preview();
  server.stack.variables = {};

  const before = await server.release('4.7.0');
  const newer = await server.release('4.7.1', [
    migration('migrate', '20260901000000', 'AddThird', 'add_column :statuses, :third, :string'),
  ]);
  await visitor.api('POST', '/api/v1/statuses', { status: 'before the second upgrade' });
  expect(await upTo(newer)).toBe('came to its end');
  expect(await serving()).toBe('4.7.1+standin');
  const refused = await upTo(before);
  expect(refused).toContain('the database has migrations that 4.7.0 does not know (');
  expect(refused).toContain('20260901000000');
  expect(await serving()).toBe('4.7.1+standin');

  await visitor.api('POST', '/api/v1/statuses', { status: 'to be left out' });
  await root('mastodon-restore --undo-upgrade --yes');
  expect(await serving()).toBe('4.7.0+standin');
  const posts = await sql('SELECT text FROM statuses');
  expect(posts).toContain('before the second upgrade');
  expect(posts).not.toContain('to be left out');
  expect(await upTo({ ...slow, tasks })).toBe('came to its end');
  expect(await serving()).toBe('4.7.0+standin');
});
