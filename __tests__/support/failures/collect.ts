import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Something to keep of a test that failed. */
export interface Part {
  /** Where in the folder. */
  name: string;
  /** Writes it to a path whose folder is there. What it started ends with the signal. */
  write: (target: string, signal: AbortSignal) => Promise<void>;
}

/** How long one part may take. All are collected at once. */
const LIMIT_MS = 20_000;
/** How many folders stay; the oldest go first. */
const KEPT = 20;

/** Keeps all parts that can be had; `missing.txt` says of the others why. It never fails because of a part. */
export async function collect(folder: string, parts: readonly Part[], limitMs = LIMIT_MS): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const missing: string[] = [];
  const attempts = parts.map((part) =>
    limited(limitMs, async (signal) => {
      const target = join(folder, part.name);
      await mkdir(dirname(target), { recursive: true });
      await part.write(target, signal);
    }).catch((error: unknown) => {
      missing.push(`${part.name}: ${String(error)}\n`);
    }),
  );
  await Promise.all(attempts);
  if (missing.length > 0) await writeFile(join(folder, 'missing.txt'), missing.join(''));
}

async function limited(ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not within ${String(ms / 1_000)} s`));
      limit.abort();
    }, ms);
  });
  try {
    await Promise.race([work(limit.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A folder's name for a test file's failure, such as `restore-2026-11-28T22-47-46`. */
export function failureName(testFile: string, at = new Date()): string {
  const [name = ''] = /[^/]+(?=\.test\.ts$)|[^/]*$/.exec(testFile) ?? [];
  return `${name}-${at.toISOString().slice(0, 19).replaceAll(':', '-')}`;
}

/** Removes the oldest folders of failures. */
export function removeOldest(folder: string, kept = KEPT): void {
  const time = (name: string) => name.slice(-19);
  const names = readdirSync(folder).sort((a, b) => (time(a) < time(b) ? -1 : 1));
  for (const name of names.slice(0, -kept)) rmSync(join(folder, name), { recursive: true, force: true });
}
