/** The distribution's nginx, without installing it: nothing starts on this computer, and no port of it is taken. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianPackage } from './debian-program';
import { sleep } from './timing';

const run = promisify(execFile);

/** The program, and the files that come with it. */
async function ensureNginx(): Promise<{ program: string; configuration: string }> {
  const folder = await debianPackage('nginx', { others: ['nginx-common'] });
  return { program: join(folder, 'usr/sbin/nginx'), configuration: join(folder, 'etc/nginx') };
}

/** The folder with the distribution's nginx.conf. */
export const distributionsNginx = async () => (await ensureNginx()).configuration;

/** What `nginx -t` says of a configuration: nothing where it is right. */
export async function refusalOfNginx(folder: string, config: string): Promise<string> {
  const args = ['-q', '-t', '-p', folder, '-e', join(folder, 'error.log'), '-c', config];
  return run((await ensureNginx()).program, args).then(
    ({ stderr }) => stderr,
    (error: unknown) => (error as { stderr: string }).stderr,
  );
}

export interface RunningNginx {
  readonly stop: () => Promise<void>;
  /** As `nginx -s reload` does. */
  readonly reload: () => void;
  /** The numbers of its workers, with what they call themselves. */
  readonly workers: () => Promise<Map<number, string>>;
}

/** Starts it on a configuration in `folder` that has `daemon off`, with systemd's limit of open files, and waits until it listens on the port. */
export async function startNginx(folder: string, config: string, port: number): Promise<RunningNginx> {
  const { program } = await ensureNginx();
  const command = [program, '-p', folder, '-e', join(folder, 'error.log'), '-c', config];
  const nginx = spawn('sh', ['-c', 'ulimit -Sn 1024; exec "$0" "$@"', ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  nginx.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const deadline = Date.now() + 20_000;
  while (!(await listens(port))) {
    if (nginx.exitCode !== null || Date.now() > deadline) throw new Error(`nginx does not start: ${said}`);
    await sleep(50);
  }
  return {
    stop: async () => {
      nginx.kill('SIGTERM');
      if (nginx.exitCode === null) await once(nginx, 'exit');
    },
    reload: () => nginx.kill('SIGHUP'),
    workers: async () => {
      // It fails where there is none.
      const listed = await run('ps', ['-o', 'pid=,args=', '--ppid', String(nginx.pid)]).catch(() => ({
        stdout: '',
      }));
      const lines = listed.stdout.matchAll(/^ *(\d+) nginx: (worker process.*)$/gm);
      return new Map([...lines].map(([, pid, title = '']) => [Number(pid), title.trim()]));
    },
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
