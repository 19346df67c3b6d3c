import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { lock } from 'proper-lockfile';

/** Where things are kept that take long to make: outside the checkout, so that a fresh one has them. */
export const cacheDirectory = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'mastodon-on-civo',
);

/**
 * A build takes minutes; a lock whose holder hasn't touched it for this long belongs to a dead process. On a busy computer a
 * live process may be silent for half a minute.
 */
const LOCK_STALE_MS = 120_000;
const LOCK_RETRY_MS = 500;
const LOCK_PATIENCE_MS = 30 * 60 * 1_000;

/** A short name for a recipe: another recipe, another name. */
export function recipeHash(...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 12);
}

/**
 * Returns the cached folder of that name, made by `make` if it isn't there. Safe against interruption (the folder
 * appears whole or not at all) and against a second process (which waits, and finds it made).
 *
 * @param directory where it is kept; default: {@link cacheDirectory}
 */
export async function cachedFolder(
  name: string,
  make: (folder: string) => Promise<void>,
  directory = cacheDirectory,
): Promise<string> {
  const folder = join(directory, name);
  if (existsSync(folder)) return folder;
  mkdirSync(directory, { recursive: true });
  const release = await lock(folder, {
    realpath: false,
    stale: LOCK_STALE_MS,
    // Taken over, as after a sleep of the computer: both make the folder, and the first one's stays.
    onCompromised: () => undefined,
    retries: {
      retries: LOCK_PATIENCE_MS / LOCK_RETRY_MS,
      minTimeout: LOCK_RETRY_MS,
      maxTimeout: LOCK_RETRY_MS,
    },
  });
  try {
    if (!existsSync(folder)) await makeFolder(folder, make);
    return folder;
  } finally {
    await release().catch(() => undefined);
  }
}

async function makeFolder(folder: string, make: (folder: string) => Promise<void>): Promise<void> {
  removeUnfinished(folder);
  const unfinished = `${folder}.${randomUUID()}`;
  mkdirSync(unfinished);
  try {
    await make(unfinished);
    // A computer that slept finds its lock stale, and another process may have made the folder meanwhile.
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Removes what killed processes left. Younger folders may belong to a process that was asleep, and continues. */
function removeUnfinished(folder: string): void {
  const uuid = /^\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  for (const name of readdirSync(dirname(folder)).filter((entry) => entry.startsWith(basename(folder)))) {
    const path = join(dirname(folder), name);
    const abandoned = uuid.test(name.slice(basename(folder).length)) && ageOf(path) > LOCK_PATIENCE_MS;
    if (abandoned) rmSync(path, { recursive: true, force: true });
  }
}

const ageOf = (path: string) =>
  Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
