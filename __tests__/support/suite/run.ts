/** A run of the whole suite, as docs/testing/ keeps it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RENAMED_FILES } from './renames';
import type { Shares } from './shares';

/** One test file of a run. */
export interface FileOfRun {
  /** Such as `unit/cost`. */
  file: string;
  /** From its start to its end. */
  seconds: number;
  /** Seconds of them by kind; what is left counts for none. Absent where it was not measured. */
  shares?: Shares;
  /** Full titles of the tests that ran, in their order. A skipped test keeps no promise and isn't here. */
  titles: string[];
}

export interface Run {
  /** ISO date. */
  date: string;
  /** Where, and of which commit. */
  machine: string;
  /** Whether the toolchain was in its cache at the start (`warm`) or had to be made (`cold`). */
  cache: 'cold' | 'warm';
  /** From the command to its end, on the clock on the wall. */
  seconds: number;
  files: FileOfRun[];
}

/** `before`: the suite as it was when the measuring began. `now`: the last run that was recorded. */
export interface Runs {
  before?: Run;
  now?: Run;
}

const checkout = join(__dirname, '..', '..', '..');
const folder = join(checkout, 'docs', 'testing');

/** The last run of any tests, whole or not, recorded or not. */
export const LAST_RUN = join(checkout, '.local', 'last-run.json');
export const RECORDED = join(folder, 'now.json');

/** The recorded runs, their files under their names of today. */
export function recordedRuns(): Runs {
  const read = (file: string) =>
    existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Run) : undefined;
  const before = read(join(folder, 'before.json'));
  for (const run of before?.files ?? []) run.file = RENAMED_FILES[run.file] ?? run.file;
  const now = read(RECORDED);
  return { ...(before && { before }), ...(now && { now }) };
}

export function writeRun(file: string, run: Run): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(run, null, 2)}\n`);
}

export const countTests = ({ files }: Run) => files.reduce((sum, { titles }) => sum + titles.length, 0);
