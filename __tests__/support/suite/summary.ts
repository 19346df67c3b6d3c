import { KINDS } from '../timing';
import { countTests, type FileOfRun, type Run } from './run';

/** How many of the slowest files the end of a run names. */
const SLOWEST = 8;

/** What is printed at the end of a run: the slowest files, what their time went into, and the whole. */
export function summary(run: Run): string {
  const slowest = [...run.files].sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  const width = Math.max(0, ...slowest.map(({ file }) => file.length));
  return [
    'Slowest test files:',
    ...slowest.map((file) => line(file, width)),
    `${counted(countTests(run), 'test')} in ${counted(run.files.length, 'file')}: ${duration(run.seconds)}, toolchain's cache ${run.cache}`,
    '',
  ].join('\n');
}

const counted = (count: number, what: string) => `${String(count)} ${what}${count === 1 ? '' : 's'}`;

function line({ file, seconds, shares = {} }: FileOfRun, width: number): string {
  const parts = KINDS.flatMap((kind) => {
    const share = shares[kind] ?? 0;
    return share < 0.5 ? [] : [`${kind} ${share.toFixed(0)}`];
  });
  const told = parts.length > 0 ? `  of them ${parts.join(', ')}` : '';
  return `  ${file.padEnd(width)} ${seconds.toFixed(0).padStart(5)} s${told}`;
}

/** Such as `38 min 12 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${String(whole)} s` : `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
}
