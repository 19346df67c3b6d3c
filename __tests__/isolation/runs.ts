/** Runs of Jest on this computer, and what belongs to each: names of its folders begin with its own. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, markOf } from '../../local/machines/process';

/** The name of a run: the number of Jest's first process, and when it started. Unique since the computer's boot. */
export function nameOfRun(pid: number): string {
  return `run-${String(pid)}-${markOf(pid)?.started ?? '0'}`;
}

/** Makes a run's folder, below `directory`. */
export function openRunFolder(directory: string, run: string): string {
  const folder = join(directory, run);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Removes the folders of runs that are over, also of those that were killed. Returns their names. */
export function removeFinishedRuns(directory: string): string[] {
  const finished = readdirSync(directory).filter((name) => {
    const [, pid, started] = /^run-(\d+)-(\d+)$/.exec(name) ?? [];
    return pid !== undefined && started !== undefined && !isAlive({ pid: Number(pid), started });
  });
  for (const name of finished) rmSync(join(directory, name), { recursive: true, force: true });
  return finished;
}
