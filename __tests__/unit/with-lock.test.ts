/** The machine's locks: each wait ends, and names the process that it waits for. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const cloudInit = join(__dirname, '../../cloud-init');
const PROGRAM = join(cloudInit, 'handover/usr/local/lib/mastodon/with-lock');

let folder: string;
let lock: string;
let holder: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'with-lock-'));
  lock = join(folder, 'lock');
  writeFileSync(lock, '');
});
afterEach(async () => {
  if (holder?.exitCode === null) {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
  holder = undefined;
  rmSync(folder, { recursive: true });
});

/** A script that holds the lock, as converge does: with a descriptor of its own, for seconds. */
async function hold(seconds: number): Promise<string> {
  holder = spawn('bash', ['-c', `exec 9>"$1"; "$2" --limit 0 --descriptor 9 "$1"; echo; exec sleep ${String(seconds)}`, 'hold', lock, PROGRAM]); // prettier-ignore
  if (holder.stdout) await once(holder.stdout, 'data');
  return String(holder.pid);
}

function run(...args: string[]) {
  const path = `${folder}${delimiter}${process.env.PATH ?? ''}`;
  const { status, stdout, stderr } = spawnSync(PROGRAM, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
  return { status, stdout, said: stderr };
}

test('the command’s exit status and output are passed on, and a free lock is nothing to speak of', () => {
  expect(run('--limit', '1s', lock, 'sh', '-c', 'echo done; exit 3')).toEqual({
    status: 3,
    stdout: 'done\n',
    said: '',
  });
});

test('a command that a signal ended has the status that shells give it, as the units expect', () => {
  expect(run('--limit', '1s', lock, 'sh', '-c', 'kill -TERM $$').status).toBe(143);
});

test('a wait that reaches its limit does not run the command, and names the holder', async () => {
  const pid = await hold(60);
  const { status, said } = run('--limit', '1s', lock, 'touch', join(folder, 'ran'));
  expect(status).toBe(75);
  expect(said).toContain(`waiting for the lock ${lock} for at most 1 s: held by`);
  expect(said).toMatch(new RegExp(`is not free after 1 s: held by .*\\(process ${pid}\\)`));
  expect(existsSync(join(folder, 'ran'))).toBe(false);
  expect(run('--holders', lock).stdout).toContain(`(process ${pid})`);
});

test('a lock that becomes free within the limit is taken', async () => {
  await hold(1);
  expect(run('--limit', '1min', lock, 'echo', 'done')).toMatchObject({ status: 0, stdout: 'done\n' });
});

test('without patience the answer is immediate, for a script’s own descriptor too', async () => {
  await hold(60);
  const began = Date.now();
  const script = `exec 9>"$1"; "$2" --limit 0 --descriptor 9 "$1" || echo refused`;
  expect(spawnSync('bash', ['-c', script, 'try', lock, PROGRAM], { encoding: 'utf8' }).stdout).toBe(
    'refused\n',
  );
  expect(Date.now() - began).toBeLessThan(10_000);
});

test('units that hold the lock too long are stopped, and then the command runs', async () => {
  const pid = await hold(60);
  const systemctl = join(folder, 'systemctl');
  writeFileSync(
    systemctl,
    `#!/bin/sh\n[ "$1" != stop ] || echo "$@" >>${folder}/asked\n[ "$1" != stop ] || kill ${pid}\n`,
    {
      mode: 0o755,
    },
  );
  const units = 'mastodon-housekeeping@*.service';
  const { status, stdout, said } = run(
    ...['--limit', '1min', '--stop', units, '--stop-after', '1s', lock, 'echo', 'done'],
  );
  expect([status, stdout]).toEqual([0, 'done\n']);
  expect(said).toContain(`stopping ${units}`);
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe(`stop ${units}\n`);
});

test('the end of the wrapper ends its command: systemd stops a unit of KillMode=process so', async () => {
  const wrapper = spawn(PROGRAM, [
    ...['--limit', '1s', lock, 'bash', '-c'],
    `trap 'echo stopped >${folder}/stopped; exit 0' TERM; echo ready; while :; do sleep 0.1; done`,
  ]);
  await once(wrapper.stdout, 'data');
  wrapper.kill('SIGTERM');
  await once(wrapper, 'exit');
  expect(readFileSync(join(folder, 'stopped'), 'utf8')).toBe('stopped\n');
});

test.each([
  ['no limit', ['L', 'true'], 'expected --limit'],
  ['a limit of another unit', ['--limit', '3d', 'L', 'true'], "'3d' is not a time"],
  ['neither command nor descriptor', ['--limit', '1s', 'L'], 'either a command or --descriptor'],
  [
    'units to stop without a time',
    ['--limit', '1s', '--stop', 'x', 'L', 'true'],
    '--stop-after belong together',
  ],
])('%s is refused', (_, args, text) => {
  const { status, said } = run(...args);
  expect(status).toBe(2);
  expect(said).toContain(text);
});

test('no lock of the machine is waited for without a limit', () => {
  const waits = readdirSync(cloudInit, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'with-lock')
    .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').split('\n'))
    .filter((line) => /\bflock\b/.test(line) && !line.trim().startsWith('#'));
  expect(waits.filter((line) => !/flock --(?:nonblock|timeout)\b|LOCK_NB/.test(line))).toEqual([]);
});

test('package updates give housekeeping half of their own patience, and wait no longer than half the window', () => {
  const unit = readFileSync(
    join(cloudInit, 'handover/etc/systemd/system/apt-daily-upgrade.service.d/mastodon.conf'),
    'utf8',
  );
  expect(unit).toMatch(
    /^ExecStart=\S+\/with-lock --limit \{\{windowHalf\}\}min --stop mastodon-housekeeping@\*\.service --stop-after \{\{windowQuarter\}\}min /m,
  );
  expect(
    execFileSync('grep', ['^After=', 'handover/etc/systemd/system/mastodon-housekeeping@.service'], {
      cwd: cloudInit,
      encoding: 'utf8',
    }),
  ).toContain(' apt-daily-upgrade.service');
});
