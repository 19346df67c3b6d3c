/** Programs of this computer. */
import { spawn, type SpawnOptions } from 'node:child_process';

export interface Ended {
  /** `null` if a signal ended it, as after a timeout. */
  readonly code: number | null;
  /** What it wrote into a pipe. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface Spawned extends SpawnOptions {
  /** What it reads, where its standard input is a pipe. */
  readonly input?: string | undefined;
  /** Whether a piped standard error is shown as well. Default: no. */
  readonly echo?: boolean;
}

/**
 * Runs a program to its end.
 * @throws `missing` if it can't be started
 */
export function spawned(
  program: string,
  args: readonly string[],
  { input, echo = false, ...options }: Spawned,
  missing: Error,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, options);
    const said = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
      if (echo) process.stderr.write(text);
    });
    // A program that ends before it has read its input: its exit code says why.
    child.stdin?.on('error', () => undefined).end(input);
    child.on('error', () => {
      reject(missing);
    });
    child.on('close', (code) => {
      resolve({ code, ...said });
    });
  });
}
