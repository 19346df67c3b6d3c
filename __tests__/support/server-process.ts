/** Servers that a test starts as processes of this computer. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { sleep } from './timing';

const START_MS = 20_000;

export interface ServerProcess {
  readonly process: ChildProcess;
  readonly stop: () => Promise<void>;
}

/** Starts a program, and waits until it listens on these ports of 127.0.0.1. */
export async function startServer(
  name: string,
  [program = '', ...args]: readonly string[],
  ports: readonly number[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<ServerProcess> {
  const server = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const hasEnded = () => server.exitCode !== null || server.signalCode !== null;
  const deadline = Date.now() + START_MS;
  for (const port of ports) {
    while (!(await listens(port))) {
      if (hasEnded() || Date.now() > deadline) throw new Error(`${name} does not start: ${said}`);
      await sleep(50);
    }
  }
  return {
    process: server,
    stop: async () => {
      server.kill('SIGTERM');
      if (!hasEnded()) await once(server, 'exit');
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
