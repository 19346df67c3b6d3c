import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lock } from 'proper-lockfile';
import { ensureHostPackages } from '../../../local/host-packages';
import { cacheDirectory } from '../../../local/toolchain/cache';
import { isRun, openRunFolder, removeFinishedRuns } from './runs';

const execute = promisify(execFile);

/** Where the machines of tests and their snapshots are. */
const FOLDER = join(cacheDirectory, 'clones');
/** Mounted there, where the cache's own file system can't clone. Sparse: it takes as much room as its files. */
const FILE_SYSTEM = join(cacheDirectory, 'clones.xfs');
const SIZE = '100G';

/**
 * Opens the folder of machines and their snapshots, with a folder for this run in it. It is on a file system that can clone
 * files (reflink: a copy takes no time): the cache's own, if it is btrfs or XFS, else an XFS in a file, which root can
 * mount on Linux. Elsewhere copies are made byte by byte.
 */
export function openClones(run: string): Promise<string> {
  return alone(async () => {
    if (!(await canClone(FOLDER))) await mountFileSystem();
    removeFinishedRuns(FOLDER);
    openRunFolder(FOLDER, run);
    return FOLDER;
  });
}

/** Removes a run's folder. The last run unmounts what {@link openClones} mounted; snapshots stay in its file. */
export function closeClones(run: string): Promise<void> {
  return alone(async () => {
    rmSync(join(FOLDER, run), { recursive: true, force: true });
    const others = readdirSync(FOLDER).some(isRun);
    if (!others) await execute('umount', [FOLDER]).catch(() => undefined); // it is the cache's own file system
  });
}

/** One run at a time, also of other checkouts. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(FOLDER, { recursive: true });
  const options = {
    realpath: false,
    // A busy computer keeps a living holder silent for half a minute.
    stale: 60_000,
    onCompromised: () => undefined,
    retries: { retries: 600, minTimeout: 200, maxTimeout: 200 },
  };
  const release = await lock(FOLDER, options);
  try {
    return await work();
  } finally {
    await release().catch(() => undefined);
  }
}

async function mountFileSystem(): Promise<void> {
  try {
    await makeAndMount();
  } catch (error) {
    console.warn(`Snapshots are copied byte by byte: no XFS can be mounted here (${String(error)}).`);
  }
}

async function makeAndMount(): Promise<void> {
  await ensureHostPackages(['xfsprogs', 'util-linux']);
  if (!existsSync(FILE_SYSTEM)) {
    const unfinished = `${FILE_SYSTEM}.${String(process.pid)}`;
    await execute('truncate', ['--size', SIZE, unfinished]);
    await execute('mkfs.xfs', ['-q', '-m', 'reflink=1', unfinished]);
    await execute('mv', [unfinished, FILE_SYSTEM]);
  }
  // `mount` finds a loop device that has the file already, and uses it (mount(8), "loop-device support").
  await execute('mount', ['-o', 'loop,discard,noatime', FILE_SYSTEM, FOLDER]);
}

async function canClone(folder: string): Promise<boolean> {
  const trial = mkdtempSync(join(folder, 'trial-'));
  const [source, target] = [join(trial, 'a'), join(trial, 'b')];
  writeFileSync(source, 'content');
  const cloned = await execute('cp', ['--reflink=always', source, target]).then(
    () => true,
    () => false,
  );
  rmSync(trial, { recursive: true });
  return cloned;
}
