/** Snapshots of folders, kept for later tests: made once, and cloned for each. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, cachedFolder } from '../../../local/toolchain/cache';

const run = promisify(execFile);

const checkout = resolve(__dirname, '..', '..', '..');
/** Set by Jest's globalSetup; where there are no machines, only small folders are kept. */
const { CLONES, TEST_RUN = '' } = process.env;
const SNAPSHOTS = join(CLONES ?? cacheDirectory, 'snapshots');
/** A server that was off for longer has backups, certificates and timers that are due. */
const MAX_AGE_MS = 6 * 60 * 60 * 1_000;
/** Snapshots of one kind: each takes about 2 GB. */
const MAX_KEPT = 4;

/** What decides how a server comes out of its first `up`, below the checkout. */
const SOURCES = [
  ...['cloud-init', 'community-files', 'components', 'lib', 'local', 'network', 'settings', 'sdks'],
  ...['index.ts', 'Pulumi.yaml', 'package-lock.json', 'trials/pulumi-stack.ts'],
  ...['paper-stack.ts', 'program-settings.ts', 'stack.ts'].map((name) => `__tests__/support/${name}`),
  ...['leftovers.ts', 'local-server.ts', 'recoverable-server.ts', 'listeners.ts'].map(
    (name) => `__tests__/support/machine/${name}`,
  ),
];

/** This worker's own folder, on the file system of the snapshots. What is in it when a test file begins was left by another. */
export function workerFolder(): string {
  const { JEST_WORKER_ID = '0' } = process.env;
  const folder = join(CLONES === undefined ? tmpdir() : join(CLONES, TEST_RUN), `worker-${JEST_WORKER_ID}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A new folder in it. */
export function newFolder(name: string): string {
  return mkdtempSync(join(workerFolder(), `${name}-`));
}

/**
 * Copies what is in a folder into another one, by reference where the file system can. Everything of its files is kept,
 * extended attributes too.
 */
export async function clone(source: string, target: string): Promise<void> {
  await run('cp', ['--archive', '--reflink=auto', '--sparse=always', `${source}/.`, target]);
}

/**
 * Returns the folder of a snapshot: the one that is there for the present sources, or a new one, which `make` fills.
 * Other processes that ask for it wait. It must not be written to: {@link clone} it.
 */
export async function snapshot(
  name: string,
  make: (folder: string) => Promise<void>,
  directory = SNAPSHOTS,
): Promise<string> {
  removeOutdated(directory);
  return cachedFolder(`${name}-${await sourcesHash()}`, make, directory);
}

/** Snapshots of other sources may be another checkout's: some are kept as long as they can be used. */
function removeOutdated(directory: string): void {
  if (!existsSync(directory)) return;
  const kept = new Map<string, number>();
  const folders = readdirSync(directory)
    .filter((name) => /^\w+-[0-9a-f]{12}$/.test(name))
    .map((name) => ({ name, folder: join(directory, name), made: statSync(join(directory, name)).mtimeMs }))
    .sort((a, b) => b.made - a.made);
  for (const { name, folder, made } of folders) {
    const [kind = ''] = name.split('-');
    const rank = kept.get(kind) ?? 0;
    kept.set(kind, rank + 1);
    if (rank >= MAX_KEPT || Date.now() - made > MAX_AGE_MS) rmSync(folder, { recursive: true, force: true });
  }
}

let known: Promise<string> | undefined;

/** Changes with the content of {@link SOURCES}. */
function sourcesHash(): Promise<string> {
  known ??= hashSources();
  return known;
}

async function hashSources(): Promise<string> {
  const flags = ['--cached', '--others', '--exclude-standard', '-z'];
  const { stdout } = await run('git', ['ls-files', ...flags, '--', ...SOURCES], {
    cwd: checkout,
    maxBuffer: 1 << 26,
  });
  const hash = createHash('sha256');
  for (const file of stdout.split('\0').filter(Boolean).sort()) {
    const path = join(checkout, file);
    if (existsSync(path)) hash.update(file).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}
