/**
 * Debian packages that the local stack needs on the host, installed by apt as its owner configured it.
 *
 * Each part of the stack asks for what it uses, right before it uses it. Asking again costs one dpkg query.
 */
import { execFile } from 'node:child_process';
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
  const install = () =>
    run('apt-get', ['install', '--no-install-recommends', ...APT, ...missing], {
      env: ENV,
      maxBuffer: 1 << 26,
    });
  try {
    await install().catch(async () => {
      // A fresh or stale machine: the index is missing, or names versions that are gone from the archive.
      await run('apt-get', ['update', ...APT], { env: ENV, maxBuffer: 1 << 26 });
      await install();
    });
  } catch (error) {
    const text = (error as { stderr?: string }).stderr?.trim().split('\n').slice(-5).join('\n');
    throw new Error(`apt-get could not install ${list}:\n${text ?? String(error)}`);
  }
  return missing;
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
