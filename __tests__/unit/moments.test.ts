/** Which timeline and which backups lead to a moment, by what the bucket tells: also where its files have the times of a copy. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const library = join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon');
const DAY = 86_400;
const START = Date.UTC(2026, 10, 1) / 1000;
const at = (days: number) => START + days * DAY;
const utc = (days: number) => new Date(at(days) * 1000).toISOString();
const hex = (number: number, digits: number) => number.toString(16).toUpperCase().padStart(digits, '0');

interface Restore {
  /** The timeline that it began, the one that it left, and where, in segments. */
  number: number;
  parent: number;
  segment: number;
  /** When the store says that its file was written, in days. */
  stored: number;
}

interface Backup {
  timeline: number;
  segment: number;
  day: number;
}

/** What is chosen for a moment, in days; none: the newest state. */
function choose(restores: readonly Restore[], backups: readonly Backup[], moment?: number) {
  const listed = JSON.stringify(
    Object.fromEntries(
      restores.map(({ number, stored }) => [
        `17-1/${hex(number, 8)}.history`,
        { type: 'file', time: at(stored) },
      ]),
    ),
  );
  const info = JSON.stringify(
    backups.map(({ timeline, segment, day }) => ({
      label: `t${String(timeline)}-d${String(day)}`,
      archive: Object.fromEntries(
        ['start', 'stop'].map((end) => [end, `${hex(timeline, 8)}${hex(0, 8)}${hex(segment, 8)}`]),
      ),
      lsn: { stop: `0/${hex(segment << 24, 1)}` },
      timestamp: { start: at(day) - 60, stop: at(day) },
    })),
  );
  /** A history file has the restores before it, too, oldest first. */
  const ancestry = (restore: Restore): Restore[] => [
    ...restores.filter(({ number }) => number === restore.parent).flatMap(ancestry),
    restore,
  ];
  const histories = restores.map((restore) => {
    const lines = ancestry(restore).map(
      ({ parent, segment }) => `${String(parent)}\t0/${hex(segment << 24, 1)}\tno recovery target specified`,
    );
    return `*${hex(restore.number, 8)}.history) printf '${lines.join('\\n')}\\n' ;;`;
  });
  const script = `set -euo pipefail
    pg_lsclusters() { :; }
    source ${library}/database.sh
    source ${library}/moments.sh
    backrest() {
      case $1 in
      repo-ls) echo '${listed}' ;;
      repo-get) case $2 in ${histories.join('\n')} esac ;;
      esac
    }
    moment=${moment === undefined ? "''" : `$(read_moment '${utc(moment)}')`}
    choose_timeline '${info}'
    echo "$timeline" $(choose_backups '${info}')`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trim();
}

/** Backups each day; on day 3 back to day 2, on day 6 back to day 5. */
const backups: Backup[] = [
  { timeline: 1, segment: 1, day: 0 },
  { timeline: 1, segment: 4, day: 2.5 },
  { timeline: 2, segment: 5, day: 3.1 },
  { timeline: 2, segment: 9, day: 5.5 },
  { timeline: 3, segment: 9, day: 6.1 },
];
const restores: Restore[] = [
  { number: 2, parent: 1, segment: 3, stored: 3 },
  { number: 3, parent: 2, segment: 8, stored: 6 },
];

test('the newest state is on the last timeline, and a moment on that which was the living one', () => {
  expect(choose(restores, backups)).toBe('3 t3-d6.1 t2-d3.1 t1-d0');
  expect(choose(restores, backups, 6.5)).toBe('3 t3-d6.1 t2-d3.1 t1-d0');
  expect(choose(restores, backups, 5.7)).toBe('2 t2-d5.5 t2-d3.1 t1-d0');
  expect(choose(restores, backups, 2.9)).toBe('1 t1-d2.5 t1-d0');
  expect(choose([], backups.slice(0, 2))).toBe('1 t1-d2.5 t1-d0');
});

describe('in a copy of the bucket, whose files are all of another day', () => {
  test('the newest state is still on the last timeline, in whichever order the copy wrote', () => {
    const copied = [{ ...restores[0], stored: 10.2 } as Restore, { ...restores[1], stored: 10.1 } as Restore];
    expect(choose(copied, backups)).toBe('3 t3-d6.1 t2-d3.1 t1-d0');
    expect(choose([...copied].reverse(), backups)).toBe('3 t3-d6.1 t2-d3.1 t1-d0');
  });

  test('a moment is still on that which was the living one: backups tell by when each had begun', () => {
    const copied = restores.map((restore) => ({ ...restore, stored: 10 }));
    expect(choose(copied, backups, 6.5)).toBe('3 t3-d6.1 t2-d3.1 t1-d0');
    expect(choose(copied, backups, 5.7)).toBe('2 t2-d5.5 t2-d3.1 t1-d0');
    expect(choose(copied, backups, 2.9)).toBe('1 t1-d2.5 t1-d0');
  });
});
