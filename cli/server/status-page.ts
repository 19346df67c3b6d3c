/** What the machine reports, as a page for people. */

type Verdict = 'ok' | 'warning' | 'bad';

export interface Status {
  readonly server: string;
  readonly machine: string;
  readonly at: string;
  /** The worst of all checks. */
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
  readonly versions: Readonly<Record<string, string>>;
  /** How many packages have an update that is not installed yet. */
  readonly updates: number;
  /** By their names in Prometheus. */
  readonly figures: Readonly<Record<string, number>>;
}

interface Check {
  readonly name: string;
  readonly verdict: Verdict;
  readonly fact: string;
  /** What is not as it should be, and what to do. */
  readonly problem?: string;
}

const MARKS: Record<Verdict, string> = { ok: '✓', warning: '!', bad: '✗' };
const SUMMARIES: Record<Verdict, string> = {
  ok: 'all is well',
  warning: 'works, but see below',
  bad: 'is not well',
};

export function statusPage({
  server,
  machine,
  at,
  verdict,
  checks,
  versions,
  updates,
  figures,
}: Status): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, verdict: one, fact, problem }) => [
    `${MARKS[one]} ${name.padEnd(width)}  ${fact}`,
    ...(problem === undefined ? [] : [`  ${' '.repeat(width)}  → ${problem}`]),
  ]);
  return [
    `${server} (${machine}, ${at}): ${SUMMARIES[verdict]}`,
    '',
    ...lines,
    '',
    ...queueLines(figures),
    `Versions: ${Object.entries(versions).map((pair) => pair.join(' ')).join(', ')}`,
    `Updates that wait: ${String(updates)}`,
    '',
  ].join('\n'); // prettier-ignore
}

/** `default 12 (3 s)` for each queue that has jobs. */
function queueLines(figures: Status['figures']): string[] {
  const queues = Object.entries(figures).flatMap(([key, length]) => {
    const [, name] = /^mastodon_queue_length\{queue="(.*)"\}$/.exec(key) ?? [];
    if (name === undefined || length === 0) return [];
    const latency = figures[`mastodon_queue_latency_seconds{queue="${name}"}`] ?? 0;
    return [`${name} ${String(length)} (${String(latency)} s)`];
  });
  return queues.length === 0 ? [] : [`Queues: ${queues.join(', ')}`];
}
