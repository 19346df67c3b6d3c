/** The servers that there are in this test file, so that what they tell is kept when a test fails. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collect, failureName, type Part, removeOldest } from './collect';
import { type CloudTraces, partsOfCloud, partsOfStack, type StackTraces } from './parts';

export interface Server {
  readonly cloud: CloudTraces;
  readonly stack: StackTraces;
}

/** A test that failed. */
export interface Failure {
  /** Path of its file. */
  file: string;
  /** Its full title, or the hook that failed. */
  title: string;
  /** What it failed with. */
  error: string;
}

/** A server is one of them from its first moment until it is removed. */
export const living = new Set<Server>();

const FAILURES = join(__dirname, '..', '..', '..', '.local', 'failures');

/** Keeps what all living servers tell. @returns the folder; without a server, undefined */
export async function keepFailure(
  failure: Failure,
  servers: Iterable<Server> = living,
  folder = FAILURES,
): Promise<string | undefined> {
  const parts = [...partsOf([...servers])];
  if (parts.length === 0) return undefined;
  const target = join(folder, failureName(failure.file));
  mkdirSync(target, { recursive: true, mode: 0o700 });
  writeFileSync(join(target, 'test.txt'), `${failure.file}\n${failure.title}\n\n${failure.error}\n`);
  await collect(target, parts);
  removeOldest(folder);
  return target;
}

/** Several stacks may share one cloud. The first of a kind has its plain name, the next ones have a number. */
function partsOf(servers: readonly Server[]): Part[] {
  const clouds = new Map(servers.map(({ cloud }) => [cloud.stateFolder, cloud]));
  const within = (name: string, index: number, parts: Part[]) =>
    parts.map((part) => ({
      ...part,
      name: join(index === 0 ? name : `${name}-${String(index + 1)}`, part.name),
    }));
  return [
    ...[...clouds.values()].flatMap((cloud, index) => within('cloud', index, partsOfCloud(cloud))),
    ...servers.flatMap(({ stack }, index) => within('stack', index, partsOfStack(stack))),
  ];
}

/** How the environment of this test file, whose modules are not these, reaches it. */
Object.assign(globalThis, { keepFailure });
