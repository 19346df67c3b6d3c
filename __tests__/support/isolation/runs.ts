/** Runs of Jest on this computer, and what belongs to each: names of its folders begin with its own. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { isAlive, markOf } from '../../../local/machines/process';

/** Of a run whose process can't be seen from here: a container's, perhaps. */
const OTHERS_MAX_AGE_MS = 24 * 60 * 60 * 1_000;

const NAME = /^run-(\d+)-(\d+)-(\d+)$/;

/** The name of a run, by Jest's first process: its namespace of processes, its number in there, and when it started. */
export function nameOfRun(pid: number): string {
  return `run-${namespaceOfProcesses()}-${String(pid)}-${markOf(pid)?.started ?? '0'}`;
}

/** Whether a folder is a run's, by its name. */
export const isRun = (name: string) => NAME.test(name);

/** Makes a run's folder, below `directory`. */
export function openRunFolder(directory: string, run: string): string {
  const folder = join(directory, run);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Removes the folders of runs that are over, also of those that were killed. */
export function removeFinishedRuns(directory: string): void {
  for (const name of readdirSync(directory).filter(isRun)) {
    const folder = join(directory, name);
    if (isOver(name, folder)) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Removes the control groups of a run, or of all that are over. On a busy computer a process that was killed is still in one: that group
 * is left to the next run.
 */
export function removeControlGroups(run?: string): void {
  for (const root of ownControlGroups()) {
    const names = readdirSync(root).filter((name) =>
      run === undefined ? isRun(name) && isOver(name, join(root, name)) : name === run,
    );
    for (const name of names) removeEmptyFolders(join(root, name));
  }
}

/**
 * Where workers make theirs (worker.sh), and machines those of their limits (local/machines/power.sh): in each hierarchy, at the
 * path that this process has in the unified one.
 */
function ownControlGroups(): string[] {
  const mounts = [...readFileSync('/proc/mounts', 'utf8').matchAll(/^\S+ (\S+) cgroup2? /gm)];
  const [, path] = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? [];
  if (path === undefined) return [];
  return mounts.map(([, mount = '']) => join(mount, path)).filter((folder) => existsSync(folder));
}

function removeEmptyFolders(folder: string): void {
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of below) removeEmptyFolders(join(folder, name));
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EBUSY' && code !== 'ENOTEMPTY') throw error;
  }
}

function isOver(name: string, folder: string): boolean {
  const [, namespace, pid, started = ''] = NAME.exec(name) ?? [];
  if (namespace === namespaceOfProcesses()) return !isAlive({ pid: Number(pid), started });
  return Date.now() - statSync(folder).mtimeMs > OTHERS_MAX_AGE_MS;
}

/** Numbers of processes mean something only within it. Where there are none (not Linux), all are in one. */
function namespaceOfProcesses(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}
