/** The distribution's nginx, without installing it: nothing starts on this computer, and no port of it is taken. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from '../../local/toolchain/cache';
import { sleep } from './timing';

const run = promisify(execFile);

const packageOfNginx = async () =>
  (await run('apt-cache', ['show', '--no-all-versions', 'nginx']).catch(() => ({ stdout: '' }))).stdout;

/** The program, out of the package that apt would install. */
async function ensureNginx(): Promise<string> {
  // A fresh machine has no list of packages.
  if ((await packageOfNginx()) === '') await run('apt-get', ['update', '-q']);
  const version = /^Version: (\S+)$/m.exec(await packageOfNginx())?.[1] ?? 'unknown';
  const folder = await cachedFolder(`nginx-${version.replaceAll(/[^\w.]/g, '-')}`, async (made) => {
    await run('apt-get', ['download', '-q', 'nginx'], { cwd: made });
    for (const file of readdirSync(made)) await run('dpkg-deb', ['--extract', join(made, file), made]);
  });
  return join(folder, 'usr/sbin/nginx');
}

/** What `nginx -t` says of a configuration: nothing where it is right. */
export async function refusalOfNginx(folder: string, config: string): Promise<string> {
  const args = ['-q', '-t', '-p', folder, '-e', join(folder, 'error.log'), '-c', config];
  return run(await ensureNginx(), args).then(
    ({ stderr }) => stderr,
    (error: unknown) => (error as { stderr: string }).stderr,
  );
}

/** Starts it on a configuration in `folder`, and waits until it listens on the port. */
export async function startNginx(folder: string, config: string, port: number): Promise<() => Promise<void>> {
  const program = await ensureNginx();
  const nginx = spawn(program, ['-p', folder, '-e', join(folder, 'error.log'), '-c', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  nginx.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const deadline = Date.now() + 20_000;
  while (!(await listens(port))) {
    if (nginx.exitCode !== null || Date.now() > deadline) throw new Error(`nginx does not start: ${said}`);
    await sleep(50);
  }
  return async () => {
    nginx.kill('SIGTERM');
    if (nginx.exitCode === null) await once(nginx, 'exit');
  };
}

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => {
      resolve(false);
    });
  });
