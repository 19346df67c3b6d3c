import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Something that serves until it is stopped. */
export interface Service {
  stop(): Promise<void>;
}

/** Where something listens: TCP. */
export interface Endpoint {
  address: string;
  port: number;
}

/** A program that can be made to fail. */
export interface Program extends Service {
  /** Ends it and keeps it down: connections are refused. */
  halt(): Promise<void>;
  /** Stops it where it stands: connections are taken, nothing is answered. */
  freeze(): void;
  /** Lets it run a tenth of the time. */
  slow(): void;
  /** Undoes all of that. Resolves when it listens. */
  resume(): Promise<void>;
}

export interface ProgramOptions {
  /** What people call it: `the object store`. */
  name: string;
  command: string;
  args: string[];
  /** Added to the environment of this process. */
  env?: Record<string, string>;
  cwd?: string;
  /** Gets what the program prints; appended to. */
  logFile: string;
  /** It is ready when it takes connections on all of these; a string is the path of a socket. */
  listensOn: (Endpoint | string)[];
  /** Called when it listens again after it was started again. */
  onRestart?: () => Promise<void>;
  log: (line: string) => void;
}

const READY_TIMEOUT_MS = 30_000;
const RESTART_DELAY_MS = 1_000;
const STOP_TIMEOUT_MS = 5_000;
const SLOW_RUN_MS = 20;
const SLOW_PAUSE_MS = 180;

/**
 * Starts a program, waits until it listens, and starts it again whenever it ends unasked. It ends with this process,
 * however that ends.
 *
 * @throws Error with the tail of its log if it ends, or doesn't listen within 30 s.
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  await mkdir(dirname(options.logFile), { recursive: true });
  for (const endpoint of options.listensOn) {
    if (await takesConnections(endpoint)) {
      throw new Error(`${options.name} cannot start: something else listens on ${nameOf(endpoint)}.`);
    }
  }
  let stopping = false;
  let halted = false;
  let pauses: NodeJS.Timeout | undefined;
  let child = launch(options);

  const watch = () => {
    child.once('exit', (code, signal) => {
      if (stopping || halted) return;
      options.log(
        `${options.name} ended (${String(code ?? signal)}); starting it again. Log: ${options.logFile}`,
      );
      setTimeout(() => {
        if (stopping || halted) return;
        child = launch(options);
        watch();
        listening(options)
          .then(options.onRestart)
          .catch((error: unknown) => {
            options.log(`${options.name}: ${error instanceof Error ? error.message : String(error)}`);
          });
      }, RESTART_DELAY_MS).unref();
    });
  };

  try {
    await Promise.race([listening(options), ended(child)]);
  } catch (error) {
    child.kill('SIGKILL');
    const log = await readFile(options.logFile, 'utf8').catch(() => '');
    const tail = log.trimEnd().split('\n').slice(-8).join('\n');
    throw new Error(`${options.name} ${(error as Error).message}. The end of ${options.logFile}:\n${tail}`);
  }
  watch();

  const end = async () => {
    clearInterval(pauses);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    await Promise.race([gone, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    child.kill('SIGKILL');
    await gone;
  };
  return {
    stop: async () => {
      stopping = true;
      await end();
    },
    halt: async () => {
      halted = true;
      await end();
    },
    freeze: () => {
      child.kill('SIGSTOP');
    },
    slow: () => {
      const pause = () => {
        child.kill('SIGSTOP');
        setTimeout(() => child.kill('SIGCONT'), SLOW_PAUSE_MS);
      };
      pause();
      pauses = setInterval(pause, SLOW_RUN_MS + SLOW_PAUSE_MS);
    },
    resume: async () => {
      clearInterval(pauses);
      child.kill('SIGCONT');
      if (halted) {
        halted = false;
        child = launch(options);
        watch();
        await listening(options);
        await options.onRestart?.();
      }
    },
  };
}

function launch({ command, args, env, cwd, logFile }: ProgramOptions): ChildProcess {
  // setpriv asks the kernel to end the child with its parent: even a killed parent leaves nothing behind.
  const [program, argv] =
    process.platform === 'linux'
      ? ['setpriv', ['--pdeathsig', 'KILL', '--', command, ...args]]
      : [command, args];
  const output = openSync(logFile, 'a');
  try {
    const child = spawn(program, argv, {
      env: { ...process.env, ...env },
      cwd,
      stdio: ['ignore', output, output],
    });
    child.on('error', () => undefined); // reported by `ended`
    return child;
  } finally {
    closeSync(output);
  }
}

function ended(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', (error) => {
      reject(new Error(`cannot be started (${error.message})`));
    });
    child.once('exit', (code, signal) => {
      reject(new Error(`ended at once (${String(code ?? signal)})`));
    });
  });
}

async function listening({ listensOn }: ProgramOptions): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (const endpoint of listensOn) {
    while (!(await takesConnections(endpoint))) {
      if (Date.now() > deadline) {
        throw new Error(`doesn't listen on ${nameOf(endpoint)}`);
      }
      await sleep(50);
    }
  }
}

const nameOf = (endpoint: Endpoint | string) =>
  typeof endpoint === 'string' ? endpoint : `${endpoint.address}:${String(endpoint.port)}`;

/** Whether a connection can be opened now. */
export function takesConnections(endpoint: Endpoint | string): Promise<boolean> {
  return new Promise((resolve) => {
    const target =
      typeof endpoint === 'string' ? { path: endpoint } : { host: endpoint.address, port: endpoint.port };
    const socket = connect({ ...target, timeout: 2_000 });
    const answer = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false));
  });
}
