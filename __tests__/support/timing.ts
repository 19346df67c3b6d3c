/** What the time of a test file goes into. Jest's reporter (`suite/reporter.ts`) collects it; docs/testing.md shows it. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Where several continue at once, one in another or side by side, the time counts for the first of them in this order, and
 * only once:
 *
 * - `boot`: a cloud or a machine is started outside of an `up`, or a server from its snapshot
 * - `first up`: the `up` that makes everything; on a machine this includes its boot, its packages and its first converge
 * - `pulumi`: every other command of Pulumi, and the commands (`bin/mastodon rotate`, …) on a stack
 * - `converge`: over SSH, `converge` itself and the start of a unit
 * - `ssh`: every other command over SSH
 * - `waiting`: until a condition holds or another worker has made a snapshot, or for a fixed time
 */
export const KINDS = ['boot', 'first up', 'pulumi', 'converge', 'ssh', 'waiting'] as const;
export type Kind = (typeof KINDS)[number];

/** A stretch of time that a test file spent on one kind of work. */
export interface Stretch {
  /** Absolute path of the test file. */
  file: string;
  kind: Kind;
  /** Milliseconds since 1970. */
  from: number;
  to: number;
}

/** Variable with the folder that stretches are written to. Without it nothing is written. */
export const TIMES_VARIABLE = 'TEST_TIMES';

/** Does some work and notes how long it took, whether it succeeds or fails. */
export async function timed<T>(kind: Kind, work: () => Promise<T>): Promise<T> {
  const folder = process.env[TIMES_VARIABLE];
  // Programs that a test starts use these helpers, too, and have no test.
  if (folder === undefined || typeof expect === 'undefined') return work();
  const { testPath: file = '' } = expect.getState();
  const from = Date.now();
  try {
    return await work();
  } finally {
    const stretch: Stretch = { file, kind, from, to: Date.now() };
    // A file for each worker, so that lines of two never mix. Workers' own numbers of processes may be the same.
    const name = `${process.env.JEST_WORKER_ID ?? '0'}.jsonl`;
    appendFileSync(join(folder, name), `${JSON.stringify(stretch)}\n`);
  }
}

/** Waits for a fixed time, which counts as `waiting`. For tests that wait, not for what runs beside them. */
export const sleep = (milliseconds: number) => timed('waiting', () => pause(milliseconds));

/** What a command over SSH counts as. */
export const kindOfCommand = (command: string): Kind =>
  /(^|[\s/'"])converge(?![.\w])|\bsystemctl (re)?start\b/.test(command) ? 'converge' : 'ssh';
