import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Commands in place of Debian's. Each writes what it was called with to `calls`. */
let folder: string;
const path = process.env.PATH;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'host-packages-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'calls'), '');
  jest.spyOn(process, 'getuid').mockReturnValue(0);
  process.env.PATH = [join(folder, 'bin'), path].join(delimiter);
  command('dpkg-query', 'echo "installed bash bash:amd64"; exit 1');
  command('dpkg', '');
});

afterEach(() => {
  process.env.PATH = path;
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function command(name: string, body: string): void {
  const file = join(folder, 'bin', name);
  writeFileSync(file, `#!/bin/sh\ncd ${folder}\necho "${name} $1" >>calls\n${body}\n`);
  chmodSync(file, 0o755);
}

/** Loaded again: it takes the environment when it is loaded. */
const install = async (...names: string[]) =>
  jest.isolateModulesAsync(async () => {
    const { ensureHostPackages } = await import('../../local/host-packages');
    await ensureHostPackages(names);
  });
const calls = () =>
  readFileSync(join(folder, 'calls'), 'utf8')
    .trim()
    .split('\n')
    .filter((call) => !call.startsWith('dpkg-query'));

test('asks apt for what is missing alone', async () => {
  command('apt-get', 'echo "$@" >arguments');
  await install('bash', 'socat');
  expect(calls()).toEqual(['apt-get install']);
  expect(readFileSync(join(folder, 'arguments'), 'utf8').trim().split(' ').at(-1)).toBe('socat');
});

test('a dpkg that was killed half-way is repaired, an old index renewed', async () => {
  command(
    'apt-get',
    'test -e repaired || test "$1" = update || { echo "E: dpkg was interrupted" >&2; exit 100; }',
  );
  command('dpkg', 'touch repaired');
  await install('socat');
  expect(calls()).toEqual(['apt-get install', 'dpkg --configure', 'apt-get update', 'apt-get install']);
});

test('says both why it failed first, and why after the repair', async () => {
  command('apt-get', 'test "$1" = update || { echo "E: attempt $(grep -c install calls)" >&2; exit 100; }');
  await expect(install('socat')).rejects.toThrow(
    /^apt-get could not install socat\. First:\napt-get ended with 100:\nE: attempt 1\nAfter dpkg --configure -a and apt-get update:\napt-get ended with 100:\nE: attempt 2$/,
  );
});

test('runs apt in a session of its own, which Ctrl-C does not end', async () => {
  command('apt-get', 'ps -o sid= -p $$ >session');
  await install('socat');
  const session = readFileSync(join(folder, 'session'), 'utf8').trim();
  expect(session).toMatch(/^\d+$/);
  const { execFileSync } = await import('node:child_process');
  expect(session).not.toBe(
    execFileSync('ps', ['-o', 'sid=', '-p', String(process.pid)], { encoding: 'utf8' }).trim(),
  );
});
