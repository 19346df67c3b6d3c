/** The distribution's nginx, without installing it: nothing starts on this computer, and no port of it is taken. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianPackage } from './debian-program';
import { sleep } from './timing';

const run = promisify(execFile);

const ensureNginx = async () => join(await debianPackage('nginx'), 'usr/sbin/nginx');

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
