/**
 * The lock of a stack whose state is in a folder or a bucket: a run that was killed leaves it behind, and every later one
 * is refused. It is broken where its holder is dead for certain. Pulumi Cloud ends the lock of a dead run by itself.
 */
import { execFileSync } from 'node:child_process';
import { hostname } from 'node:os';
import { flagOf } from '../command';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';
import { deploymentIn } from '../lib/state-backups';

/** The option that names a lock whose run is over. */
const LOCK_OF = flagOf('lockOf');

/** No run takes as long: the deploy workflow ends one after two hours. */
export const LOCKS_LAST_HOURS = 3;

export interface Lock {
  user: string;
  host: string;
  pid: number;
  /** As Pulumi writes it. */
  since: string;
}

/**
 * Breaks the locks of dead runs, and says whose they were.
 * @param named `user@host` of a lock whose run is known to be over
 * @throws OperationError that names the holder, if a run may still be alive
 */
export async function breakDeadLocks(pulumi: PulumiCli, state: string, named?: string): Promise<void> {
  const locks = await locksOf(pulumi, state);
  if (locks.length === 0) return;
  const living = locks.filter((lock) => proofOfDeath(lock, { named }) === undefined);
  // Pulumi takes away all of a stack's locks, or none.
  if (living.length > 0) throw refusal(living);
  await pulumi.output(['cancel', '--yes']);
  for (const lock of locks)
    console.log(`The lock of ${holder(lock)} is broken: ${String(proofOfDeath(lock, { named }))}.`);
}

/**
 * Pulumi names locks in its refusals alone. Renaming a stack to its own name is refused in any case, by the lock
 * first, and changes nothing. Pulumi Cloud refuses it, too.
 */
async function locksOf(pulumi: PulumiCli, state: string): Promise<Lock[]> {
  const name = fullName(state);
  // Nothing can be renamed as long as its name is not certain. An empty state is brought in as it is.
  const done =
    name === undefined
      ? await pulumi.run(['stack', 'import'], state)
      : await pulumi.run(['stack', 'rename', name, '--non-interactive']);
  return locksIn(done.stderr);
}

/** What Pulumi says of locks. */
export function locksIn(text: string): Lock[] {
  const lines = text.matchAll(/created by (.+)@(\S+) \(pid (\d+)\) at (\S+)/g);
  return [...lines].map(([, user = '', host = '', pid, since = '']) => ({
    user,
    host,
    pid: Number(pid),
    since,
  }));
}

/** By what it is called in a folder or a bucket, whatever project it is of: as its resources know it. */
function fullName(state: string): string | undefined {
  const { resources = [], pending_operations: pending = [] } = deploymentIn(state);
  const urn = [...resources, ...pending.map(({ resource }) => resource)][0]?.urn;
  const [, stack, project] = /^urn:pulumi:([^:]+)::([^:]+)::/.exec(urn ?? '') ?? [];
  return stack && project && `organization/${project}/${stack}`;
}

/** What a lock is judged by. */
export interface Around {
  here?: string;
  now?: number;
  /** Whether the process of a number is Pulumi's. */
  runs?: (pid: number) => boolean;
  /** `user@host` that is known to be dead. */
  named?: string | undefined;
}

/** Why a lock's holder can't be at work any more, if that is certain. */
export function proofOfDeath({ user, host, pid, since }: Lock, around: Around = {}): string | undefined {
  const { here = hostname(), now = Date.now(), runs = isPulumi, named } = around;
  if (named === `${user}@${host}`) return `${LOCK_OF} names it`;
  const hours = (now - Date.parse(since)) / 3_600_000;
  if (host === here) return runs(pid) ? undefined : 'it ran on this computer, and does not run any more';
  return hours > LOCKS_LAST_HOURS ? `it is older than ${String(LOCKS_LAST_HOURS)} hours` : undefined;
}

/** Numbers of processes are given again, so another program may have this one now. */
function isPulumi(pid: number): boolean {
  try {
    return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).includes('pulumi');
  } catch {
    return false; // as ps ends where there is none
  }
}

const holder = ({ user, host, pid, since }: Lock) =>
  `${user}@${host} (process ${String(pid)}, since ${since})`;

function refusal(living: readonly Lock[]): OperationError {
  const [first] = living;
  const away = living.some(({ host }) => host !== hostname());
  return new OperationError(
    `Another run has the stack: ${living.map(holder).join(', ')}. Wait until it is through, then run the same command again.` +
      (away && first
        ? ` Whether it lives can't be seen from here; ${String(LOCKS_LAST_HOURS)} hours after its begin it counts as dead. ` +
          `If you know that it is: bin/mastodon mend ${LOCK_OF} ${first.user}@${first.host}`
        : ' If it hangs, end it with Ctrl-C where it runs.'),
  );
}
