import { type Kind, KINDS, type Stretch } from '../timing';

/** Seconds for each kind of work; kinds without any are left out. */
export type Shares = Partial<Record<Kind, number>>;

/** Adds up the stretches of one test file. No moment counts twice: `KINDS` says which kind it counts for. */
export function sharesOf(stretches: readonly Pick<Stretch, 'kind' | 'from' | 'to'>[]): Shares {
  const edges = stretches
    .flatMap(({ kind, from, to }) => [
      { at: from, kind, change: 1 },
      { at: to, kind, change: -1 },
    ]) // prettier-ignore
    .sort((a, b) => a.at - b.at);
  const open = new Map<Kind, number>();
  const milliseconds = new Map<Kind, number>();
  let last = 0;
  for (const { at, kind, change } of edges) {
    const counting = KINDS.find((candidate) => (open.get(candidate) ?? 0) > 0);
    if (counting) milliseconds.set(counting, (milliseconds.get(counting) ?? 0) + at - last);
    open.set(kind, (open.get(kind) ?? 0) + change);
    last = at;
  }
  return Object.fromEntries([...milliseconds].map(([kind, sum]) => [kind, sum / 1_000]));
}
