/** The distribution's nginx, without installing it: nothing starts on this computer, and no port of it is taken. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianPackage } from './debian-program';
import { startServer } from './server-process';

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
  const limited = ['sh', '-c', 'ulimit -Sn 1024; exec "$0" "$@"', ...command];
  const { process: nginx, stop } = await startServer('nginx', limited, [port]);
  return {
    stop,
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
