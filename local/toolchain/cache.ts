import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';

/** Where things are kept that take long to make: outside the checkout, so that a fresh one has them. */
export const cacheDirectory = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'mastodon-on-civo',
);

/** A build takes minutes; a lock whose holder hasn't touched it for this long belongs to a dead process. */
const LOCK_STALE_MS = 20_000;
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
 */
export async function cachedFolder(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheDirectory, name);
  if (existsSync(folder)) return folder;
  mkdirSync(cacheDirectory, { recursive: true });
  const release = await lock(folder, {
    realpath: false,
    stale: LOCK_STALE_MS,
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
    await release();
  }
}

async function makeFolder(folder: string, make: (folder: string) => Promise<void>): Promise<void> {
  const unfinished = `${folder}.${randomUUID()}`;
  mkdirSync(unfinished);
  try {
    await make(unfinished);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
