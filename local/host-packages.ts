/**
 * Debian packages that the local stack needs on the host, installed by apt as its owner configured it.
 *
 * Each part of the stack asks for what it uses, right before it uses it. Asking again costs one dpkg query.
 */
import { execFile, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Another apt may be at work (another local cloud, unattended upgrades): wait for it instead of failing. */
const APT = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=600', '-o', 'Acquire::Retries=3'];
const ENV = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

let turn: Promise<unknown> = Promise.resolve();

/**
 * Installs those of `names` that aren't installed. Returns what it installed, an empty list most of the time.
 *
 * @throws Error naming the missing packages where it can't install them: without root, or without apt.
 */
export function ensureHostPackages(names: string[], log: (line: string) => void = () => undefined) {
  // One apt at a time in this process; the lock time-out above is for the others.
  const result = turn.then(() => installMissing(names, log));
  turn = result.catch(() => undefined);
  return result;
}

async function installMissing(names: string[], log: (line: string) => void): Promise<string[]> {
  const missing = await missingHostPackages(names);
  if (missing.length === 0) return [];
  const list = missing.join(' ');
  if (process.getuid?.() !== 0) {
    throw new Error(`Debian packages are missing: ${list}. Install them: sudo apt-get install ${list}`);
  }
  log(`apt-get install ${list}`);
  // Recommended packages would bring services and desktops along that nothing here uses.
  const install = () => apt('install', '--no-install-recommends', ...missing);
  try {
    await install();
  } catch (first: unknown) {
    // What can be repaired: a dpkg that was killed half-way; an index that is missing, or names versions that are gone from the archive.
    await toItsEnd('dpkg', ['--configure', '-a']).catch(() => undefined);
    await apt('update').catch(() => undefined);
    await install().catch((second: unknown) => {
      throw new Error(
        [
          `apt-get could not install ${list}. First:`,
          (first as Error).message,
          'After dpkg --configure -a and apt-get update:',
          (second as Error).message,
        ].join('\n'),
      );
    });
  }
  return missing;
}

const apt = (command: string, ...args: string[]) => toItsEnd('apt-get', [command, ...APT, ...args]);

/**
 * Runs a command in a session of its own, with its output in a file: a dpkg that is killed half-way leaves the computer without a
 * working apt, so neither Ctrl-C nor the end of this process ends it. The next run waits for it.
 *
 * @throws the last five lines of its output.
 */
async function toItsEnd(command: string, args: string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'packages-'));
  const output = openSync(join(folder, 'output'), 'w');
  try {
    const code = await new Promise((resolve, reject) => {
      const child = spawn(command, args, { detached: true, env: ENV, stdio: ['ignore', output, output] });
      child.once('error', reject).once('exit', (status, signal) => {
        resolve(signal ?? status);
      });
    });
    if (code === 0) return;
    const text = readFileSync(join(folder, 'output'), 'utf8').trim();
    throw new Error([`${command} ended with ${String(code)}:`, ...text.split('\n').slice(-5)].join('\n'));
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true });
  }
}

/**
 * Those of `names` that aren't installed.
 *
 * @throws Error where there is no dpkg: the local stack wants Debian or Ubuntu.
 */
export async function missingHostPackages(names: string[]): Promise<string[]> {
  const format = '${db:Status-Status} ${Package} ${Package}:${Architecture}\n';
  const stdout = await run('dpkg-query', ['-W', '-f', format, ...names], { env: ENV }).then(
    (answer) => answer.stdout,
    (reason: unknown) => {
      const { code, stdout: partial } = reason as { code?: unknown; stdout?: string };
      if (code === 'ENOENT') {
        throw new Error(
          `This host has no dpkg. The local stack needs Debian or Ubuntu, or these programs: ${names.join(' ')}`,
        );
      }
      return partial ?? ''; // dpkg-query fails as soon as one name is unknown, and still answers for the rest.
    },
  );
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.startsWith('installed '))
      .flatMap((line) => line.split(' ').slice(1)),
  );
  return names.filter((name) => !installed.has(name));
}
