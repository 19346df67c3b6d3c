/** Rails, started once for many scripts: its server in the stand-in's image, asked by the machine's own client. Needs root (chroot). */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { buildStandIn } from '../../local/stand-in/stand-in';
import { exampleCommunity } from '../support/community/example';
import { Container, type Outcome } from '../support/stand-in/container';
import { type Databases, eventually, startDatabases, stop } from '../support/stand-in/databases';

jest.setTimeout(300_000);

const MACHINE = join(__dirname, '../../cloud-init/handover/usr/local');
/** What the machine's client does, with another socket and another idea of what the server should be. No server: status 99. */
const CLIENT = `
import sys
from pathlib import Path
sys.path.insert(0, ${JSON.stringify(join(MACHINE, 'lib/mastodon'))})
from mastodonctl import rails
rails.identity = lambda: "of-now"
connection = rails.greeted(Path(sys.argv[1]))
sys.exit(99 if connection is None else rails.ask(connection, sys.argv[2:]))
`;
const IDLE_SECONDS = 5;

const folder = mkdtempSync(join(tmpdir(), 'community-server-'));
chmodSync(folder, 0o755); // PostgreSQL runs as another user
const socket = join(folder, 'rails.sock');
let web: Container;
let databases: Databases;
let server: ChildProcess;

beforeAll(async () => {
  if (process.getuid?.() !== 0) throw new Error('The stand-in is tried in a chroot: run this test as root');
  const images = await buildStandIn('4.6.5', () => undefined);
  web = await Container.unpack(images.web, join(folder, 'web'));
  for (const name of ['community', 'rails'])
    cpSync(join(MACHINE, 'share/mastodon', name), join(web.root, name), { recursive: true });
  mkdirSync(join(web.root, 'scripts'));
  databases = await startDatabases(folder);
  const environment = { ...databases.environment, SAFETY_ASSURED: '1', RAILS_LOG_LEVEL: 'warn' };
  expect((await web.run(['rails', 'db:prepare'], environment)).code).toBe(0);
  server = start(environment);
});

afterAll(async () => {
  await stop(server);
  await databases.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As systemd does it: the first client starts it, and it gets the socket as its descriptor 3. */
function start(environment: Record<string, string>): ChildProcess {
  const own = { RAILS_SERVER_OF: 'of-now', RAILS_SERVER_IDLE: String(IDLE_SECONDS) };
  const command = web.words(['bundle', 'exec', 'rails', 'runner', '/rails/server.rb'], {
    ...environment,
    ...own,
  });
  const child = spawn('systemd-socket-activate', ['--listen', socket, ...command], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return child;
}

const client = (...words: string[]) => spawn('python3', ['-I', '-B', '-c', CLIENT, socket, ...words]);

async function run(words: string[], stdin = ''): Promise<Outcome> {
  const child = client(...words);
  child.stdin.end(stdin);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

/** A script in the container, in Ruby. */
function script(name: string, ruby: string): string {
  writeFileSync(join(web.root, 'scripts', name), ruby);
  return `/scripts/${name}`;
}

async function answer(ruby: string): Promise<string> {
  const { code, stdout, stderr } = await run([script('answer.rb', ruby)]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

test('a script has the caller’s own streams, its arguments, and its exit status reaches the caller', async () => {
  const echo = script('echo.rb', '$stdout.write(ARGV.inspect, $stdin.read); warn "aside"; exit 7');
  const large = 'é'.repeat(200_000);
  expect(await run([echo, 'a b', "c'd"], large)).toEqual({
    code: 7,
    stdout: `["a b", "c'd"]${large}`,
    stderr: 'aside\n',
  });
  const broken = await run([script('broken.rb', 'raise ArgumentError, "no good"')]);
  expect([broken.code, broken.stdout, broken.stderr]).toEqual([
    1,
    '',
    expect.stringContaining('no good (ArgumentError)'),
  ]);
  expect((await run([script('killed.rb', 'Process.kill(:KILL, Process.pid); sleep')])).code).toBe(128 + 9);
});

test('Rails starts once, and scripts are read again: their code, and the database’s columns', async () => {
  const first = await answer('print Process.ppid, Rule.column_names.include?("extra")');
  await databases.query('ALTER TABLE rules ADD extra text');
  const second = await answer('print Process.ppid, Rule.column_names.include?("extra")');
  expect([first, second]).toEqual([expect.stringMatching(/^\d+false$/), first.replace('false', 'true')]);
  await databases.query('ALTER TABLE rules DROP extra');
});

test('it holds nothing of the database between scripts', async () => {
  await answer('Rule.count');
  const connections = () =>
    databases.query(
      `SELECT count(*) FROM pg_stat_activity WHERE datname = 'mastodon_production' AND pid <> pg_backend_pid()`,
    );
  await eventually(async () => {
    expect(await connections()).toBe(0);
  });
});

test('the community is applied as by a process of its own, and without a change within 2 s', async () => {
  const owner = `User.create!(email: 'alice@mastodon.test', password: 'a long password', agreement: true, approved: true,
    confirmed_at: Time.now.utc, role: UserRole.find_by!(name: 'Owner'), account: Account.new(username: 'alice'))`;
  await answer(owner);
  const input = JSON.stringify({ desired: exampleCommunity(1000), take: [] });
  const applied = await run(['/community/main.rb', 'apply'], input);
  expect([applied.code, applied.stdout]).toEqual([
    0,
    expect.stringMatching(/community applied: 10\d\d changes\n$/),
  ]);
  const begun = performance.now();
  const again = await run(['/community/main.rb', 'apply'], input);
  expect([again.code, again.stdout]).toEqual([0, 'community applied: 0 changes\n']);
  expect(performance.now() - begun).toBeLessThan(2000);
  const unknown = await run(['/community/main.rb', 'remove']);
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("got 'remove'")]);
});

test('who goes away takes the script along, and its lock is free only when that has ended', async () => {
  const lock = join(folder, 'lock');
  const locked = () => spawnSync('flock', ['--nonblock', lock, 'true']).status !== 0;
  const slow = script(
    'slow.rb',
    `begin
       ApplicationRecord.transaction { Rule.create!(text: 'half'); $stdout.puts 'begun'; $stdout.flush; sleep }
     ensure
       sleep 1
     end`,
  );
  const words = ['python3', '-I', '-B', '-c', CLIENT, socket, slow];
  const caller = spawn('bash', ['-c', 'exec 9>"$0" && flock 9 && exec "$@"', lock, ...words]);
  await once(caller.stdout, 'data');
  caller.kill('SIGKILL');
  await once(caller, 'exit');
  expect(locked()).toBe(true);
  await eventually(() => {
    expect(locked()).toBe(false);
  });
  expect(await databases.query(`SELECT count(*) FROM rules WHERE text = 'half'`)).toBe(0);
});

test('it ends when no script asks, but not while a script is at work', async () => {
  const patient = script('patient.rb', `sleep ${String(IDLE_SECONDS + 2)}; print 'done'`);
  expect(await run([patient])).toEqual({ code: 0, stdout: 'done', stderr: '' });
  expect(server.exitCode ?? (await once(server, 'exit'))[0]).toBe(0);
});
