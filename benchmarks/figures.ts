/** What a benchmark measures, and how it is reported. */

/** One figure, of several runs. */
export interface Figure {
  name: string;
  unit: 's' | 'bytes' | 'calls' | 'resources' | 'rows' | 'requests' | 'starts';
  /** In the order in which they were measured. */
  values: number[];
  /** What we want it to be at most. */
  aim?: number;
  /** What one should know to read it, or where the time goes if the aim is missed. */
  note?: string;
}

/** What one section of the benchmarks found, as stored in `results/`. */
export interface Result {
  title: string;
  /** ISO date. */
  date: string;
  /** Of the machine that it ran on. */
  machine: string;
  /** What was measured against what: figure, figure, aim for the first divided by the second. */
  ratios?: { name: string; of: string; to: string; aim?: number }[];
  figures: Figure[];
}

/** A section: what `make bench` runs, and `make bench ONLY=name` alone. */
export interface Section {
  title: string;
  ratios?: Result['ratios'];
  /** @param runs how often each figure is taken */
  run(runs: number): Promise<Figure[]>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Seconds that `work` takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

/** `work`, so many times over. */
export async function repeat<T>(runs: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let run = 0; run < runs; run += 1) results.push(await work());
  return results;
}
