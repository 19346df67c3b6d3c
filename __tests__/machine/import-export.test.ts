/** A server whose stack is lost and adopted, that moves out, and moves into another stack. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureHostPackages } from '../../local/host-packages';
import { removeCloud } from '../../local/remove-cloud';
import { sleep } from '../timing';
import { DOMAIN, LocalServer, type Outputs } from './localServer';

jest.setTimeout(600_000);

const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** Of the copies: other tests' clouds have lower ones. */
const SLOT = 7;

let folder: string;
let server: LocalServer;
let outputs: Outputs;
/** Path of the picture on the media host. */
let picture: string;
const servers: LocalServer[] = [];

beforeAll(async () => {
  await ensureHostPackages(['age', 'rclone']);
  folder = mkdtempSync(join(tmpdir(), 'import-export-'));
  server = await LocalServer.served();
  servers.push(server);
  outputs = await server.outputs();
}, 1_800_000);

afterAll(async () => {
  for (const other of servers.slice(1)) other.stack.remove();
  await servers[0]?.remove();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

const sudo = (command: string) => server.ssh('alice', `sudo ${command}`);

/** One of operations/ as the administrator Alice runs it, on a computer that knows the object store by name. */
async function make(name: string, variables: Record<string, string> = {}) {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const hosts = join(folder, 'hosts');
  writeFileSync(
    hosts,
    `127.0.0.1 localhost\n${server.cloud.addresses.objectStore} ${outputs.buckets.media.endpoint}\n`,
  );
  const inOwnNames = `exec unshare --mount sh -c 'mount --bind ${hosts} /etc/hosts && exec /usr/bin/rclone "$@"' rclone "$@"`;
  writeFileSync(join(bin, 'rclone'), `#!/bin/sh\n${inOwnNames}\n`, { mode: 0o755 });
  const done = await server.stack.operation(
    name,
    {
      ADMIN: 'alice',
      KEY: join(server.folder, 'alice'),
      RCLONE_CA_CERT: join(server.cloud.stateFolder, 'ca.pem'),
      ...variables,
    },
    { programs: bin },
  );
  return { ...done, said: done.stdout + done.stderr };
}

test('has people, a post and a picture', async () => {
  const visitor = await server.owner();
  const media = (await visitor.upload(PICTURE, 'A dot')) as { id: string; url: string };
  await visitor.api('POST', '/api/v1/statuses', { status: 'Written before the move', media_ids: [media.id] });
  picture = new URL(media.url).pathname;
  await sudo(
    'podman exec mastodon-web-1 tootctl accounts create bob --email bob@example.net --confirmed --approve',
  );
});

test('an upgrade is rehearsed on a copy that reaches nobody, and production is only read', async () => {
  const bucket = server.bucket(outputs.buckets.backups.name);
  // The log and the lease's beat are production's own; a backup, or another holder, would be the copy's.
  const production = () => {
    const { machine, term } = JSON.parse(
      readFileSync(join(bucket, 'lease', 'holder.json'), 'utf8'),
    ) as Record<'machine' | 'term', unknown>;
    const backups = execFileSync('ls', ['-lR', join(bucket, 'postgresql', 'backup')]).toString();
    return { machine, term, backups };
  };
  await sudo('systemctl stop mastodon-backup.timer mastodon-dump.timer');
  await sudo('systemctl start mastodon-backup.service');
  const before = production();
  const stateFolder = join(__dirname, '..', '..', '.local', 'rehearsal');
  const outsideHost = server.cloud.addresses.vpn.host;
  // Who only looks whether the port is open may tear the connection off.
  const outside = createServer((socket) => socket.on('error', () => undefined).end('hello')).listen(
    0,
    outsideHost,
  );
  try {
    const { said, exitCode } = await make('rehearse', {
      ...{ VERSION: '4.7.0', REHEARSAL_SLOT: String(SLOT), KEEP: 'yes' },
    });
    expect([exitCode, said]).toEqual([0, expect.stringContaining('Rehearsed: Mastodon 4.6.5 to 4.7.0')]);
    expect(said).toMatch(/[\d.]+ s  post-deployment migrations/);
    expect(said).toContain('Mastodon 4.7.0 serves');

    const { civoApiUrl, token } = JSON.parse(readFileSync(join(stateFolder, 'cloud.json'), 'utf8')) as Record<
      'civoApiUrl' | 'token',
      string
    >;
    const answer = await fetch(`${civoApiUrl}/v2/ips?region=LON1`, {
      headers: { Authorization: `bearer ${token}` },
    });
    const { items } = (await answer.json()) as { items: { ip: string }[] };
    const onCopy = (command: string) =>
      execFileSync('ssh', [
        ...[
          '-i',
          join(stateFolder, 'ssh', 'alice'),
          '-o',
          'StrictHostKeyChecking=no',
          '-o',
          'LogLevel=ERROR',
        ],
        ...['-o', 'UserKnownHostsFile=/dev/null', `alice@${items[0]?.ip ?? ''}`, command],
      ]).toString();
    const posts = `sudo -u postgres psql -tAc "SELECT text FROM statuses" mastodon_production`;
    expect(onCopy(posts)).toContain('Written before the move');

    const { port } = outside.address() as AddressInfo;
    const reach = `timeout 3 bash -c '</dev/tcp/${outsideHost}/${String(port)}' && echo reached || echo cut off`;
    expect(onCopy(reach)).toBe('cut off\n');
    expect(await server.ssh('alice', reach)).toBe('reached\n');
    expect(production()).toEqual(before);
  } finally {
    outside.close();
    await removeCloud({ slot: SLOT, stateFolder });
    await sudo('systemctl start mastodon-backup.timer mastodon-dump.timer');
  }
}, 1_200_000);

test('goes on, on the same machine and without a restart, when a kit brings a new stack what the lost one knew', async () => {
  const state = () =>
    server.ssh('alice', 'cat /proc/sys/kernel/random/boot_id; pgrep --oldest puma; pgrep --oldest postgres');
  const before = await state();
  const kit = join(folder, 'kit.age');
  const made = await make('recovery-kit', { FILE: kit, RECIPIENTS_FILE: join(server.folder, 'alice.pub') });
  expect([made.exitCode, made.said]).toEqual([0, expect.stringContaining('make adopt-kit KIT=')]);

  server = await server.another('test');
  servers.push(server);
  const adopted = await make('adopt-kit', { KIT: kit, IDENTITY: join(server.folder, 'alice') });
  expect([adopted.exitCode, adopted.said]).toEqual([
    0,
    expect.stringContaining('still there and taken over'),
  ]);
  await server.stack.up();
  expect(await server.outputs()).toEqual(outputs);
  expect(await state()).toBe(before);
  expect(await sudo('converge')).toMatch(/ 0 changes\n$/);
  await server.stack.preview({ expectNoChanges: true });
});

test('moves out whole: environment, database, media, and what is what', async () => {
  const FOLDER = join(folder, 'export');
  const done = await make('export', { FOLDER });
  expect([done.exitCode, done.said]).toEqual([0, expect.stringContaining('secrets included')]);
  expect(readdirSync(FOLDER).sort()).toEqual(['.env.production', 'README.md', 'database.dump', 'media']);
  expect(statSync(join(FOLDER, '.env.production')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(FOLDER, 'media', picture))).toEqual(PICTURE);
  expect((await make('export', { FOLDER })).said).toContain('is not empty; nothing in it is overwritten');
  // What a server of before 4.4 has besides.
  writeFileSync(join(FOLDER, '.env.production'), 'OTP_SECRET="an old one"\n'.replaceAll(' ', '-'), {
    flag: 'a',
  });
});

test('makes room for another stack', async () => {
  await server.stack.setConfig({ protect: false });
  await server.stack.up();
  await server.stack.destroy().catch(() => sleep(10_000).then(() => server.stack.destroy()));
});

test('moves into a new stack with its secrets, people, posts and media', async () => {
  const settings = await server.settings();
  server = await server.another('moved', { ...settings, domain: 'other.test' });
  servers.push(server);
  const ENV = join(folder, 'export', '.env.production');
  expect((await make('import', { ENV })).said).toContain(
    `LOCAL_DOMAIN is ${DOMAIN}, the setting domain is "other.test"`,
  );
  await server.stack.setConfig({ domain: DOMAIN });
  const secrets = await make('import', { ENV });
  expect([secrets.exitCode, secrets.said]).toEqual([0, expect.stringContaining('OTP_SECRET among them')]);
  await server.stack.up();
  expect((await make('import', { ENV })).said).toContain('has secrets of its own already');
  const fresh = await server.outputs();
  expect(fresh.owner.password).not.toBe(outputs.owner.password);
  expect(fresh.recovery).toMatchObject({
    secretKeyBase: (outputs.recovery as unknown as { secretKeyBase: string }).secretKeyBase,
  });
  expect(await sudo('podman exec mastodon-web-1 printenv OTP_SECRET')).toBe('an-old-one\n');

  const imported = await make('import', {
    DUMP: join(folder, 'export', 'database.dump'),
    MEDIA: join(folder, 'export', 'media'),
  });
  expect([imported.exitCode, imported.said]).toEqual([
    0,
    expect.stringContaining('imported: 2 people have accounts'),
  ]);
  const visitor = await server.visitor();
  expect((await visitor.get('/api/v1/timelines/public')).body).toContain('Written before the move');
  await visitor.signIn(outputs.owner.email, outputs.owner.password);
  const file = await (await server.visitor(`files.${DOMAIN}`)).get(picture);
  expect(file.status).toBe(200);
  expect(await sudo('converge')).toMatch(/ 0 changes\n$/);
});

test('refuses what is no dump, what would take accounts away, and what other keys encrypted; nothing is lost', async () => {
  const attempt = async (DUMP: string, FORCE = '') => (await make('import', { DUMP, FORCE })).said;
  const dump = join(folder, 'export', 'database.dump');
  expect(await attempt(dump)).toContain('1 people besides the owner have accounts here');

  const text = join(folder, 'dump.sql');
  writeFileSync(text, 'CREATE TABLE accounts ();');
  expect(await attempt(text)).toContain("is no dump in PostgreSQL's custom format");
  const torn = join(folder, 'torn.dump');
  writeFileSync(torn, readFileSync(dump).subarray(0, 2_000));
  expect(await attempt(torn, 'yes')).toMatch(/no dump that can be read|could not be restored/);

  const foreign = join(folder, 'foreign.dump');
  const sql = `UPDATE users SET otp_secret = '{"p":"AAAA","h":{"iv":"AAAAAAAAAAAAAAAA","at":"AAAAAAAAAAAAAAAAAAAAAA=="}}'`;
  const copy = 'createdb foreign && pg_dump mastodon_production | psql --quiet foreign';
  await sudo(`runuser --login postgres --command '${copy}'`);
  await server.ssh('alice', `sudo runuser -u postgres -- psql --quiet foreign <<'SQL'\n${sql}\nSQL`);
  const bytes = await server.ssh(
    'alice',
    `sudo runuser -u postgres -- pg_dump --format=custom foreign | base64`,
  );
  writeFileSync(foreign, Buffer.from(bytes, 'base64'));
  expect(await attempt(foreign, 'yes')).toContain(
    "does not open with this server's ACTIVE_RECORD_ENCRYPTION keys",
  );

  const visitor = await server.visitor();
  await visitor.signIn(outputs.owner.email, outputs.owner.password);
  expect((await visitor.get('/api/v1/timelines/public')).body).toContain('Written before the move');
  const databases = await sudo(
    `sh -c 'cd / && runuser -u postgres -- psql -tAc "SELECT datname FROM pg_database"'`,
  );
  expect(databases).not.toMatch(/mastodon_(import|before_import)/);
  expect(
    execFileSync('ls', [
      server.diskOf((await server.outputs()).instanceId) + '/var/lib/postgresql',
    ]).toString(),
  ).not.toContain('import');
});
