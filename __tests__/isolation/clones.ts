import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureHostPackages } from '../../local/host-packages';
import { cacheDirectory } from '../../local/toolchain/cache';

const run = promisify(execFile);

/** Where the machines of tests and their snapshots are. */
const FOLDER = join(cacheDirectory, 'clones');
/** Mounted there, where the cache's own file system can't clone. Sparse: it takes as much room as its files. */
const FILE_SYSTEM = join(cacheDirectory, 'clones.xfs');
const SIZE = '100G';

/** A folder whose files can be copied. */
export interface ClonesFolder {
  folder: string;
  /** Whether copies share their content until one of them is written to (reflink), and so take no time. */
  cloning: boolean;
}

/**
 * Returns the folder for machines, on a file system that can clone files: the cache's own (btrfs, XFS), or an XFS in a
 * file, which root can mount on Linux. Elsewhere copies are made byte by byte.
 */
export async function openClones(): Promise<ClonesFolder> {
  mkdirSync(FOLDER, { recursive: true });
  if (await canClone(FOLDER)) return { folder: FOLDER, cloning: true };
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return { folder: FOLDER, cloning: false };
  try {
    await mountFileSystem();
  } catch (error) {
    console.warn(`Snapshots are copied byte by byte: no XFS can be mounted here (${String(error)}).`);
  }
  return { folder: FOLDER, cloning: await canClone(FOLDER) };
}

/** Unmounts what {@link openClones} mounted, unless another run uses it. Its files stay. */
export async function closeClones(): Promise<void> {
  await run('umount', [FOLDER]).catch(() => undefined);
}

async function mountFileSystem(): Promise<void> {
  await ensureHostPackages(['xfsprogs', 'util-linux']);
  if (!existsSync(FILE_SYSTEM)) {
    const unfinished = `${FILE_SYSTEM}.${String(process.pid)}`;
    await run('truncate', ['--size', SIZE, unfinished]);
    await run('mkfs.xfs', ['-q', '-m', 'reflink=1', unfinished]);
    await run('mv', [unfinished, FILE_SYSTEM]);
  }
  // `mount` finds a loop device that has the file already, and uses it (mount(8), "loop-device support").
  await run('mount', ['-o', 'loop,discard,noatime', FILE_SYSTEM, FOLDER]);
}

async function canClone(folder: string): Promise<boolean> {
  const trial = mkdtempSync(join(folder, 'trial-'));
  const [source, target] = [join(trial, 'a'), join(trial, 'b')];
  writeFileSync(source, 'content');
  const cloned = await run('cp', ['--reflink=always', source, target]).then(
    () => true,
    () => false,
  );
  rmSync(trial, { recursive: true });
  return cloned;
}
