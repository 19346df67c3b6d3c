import { domainBlock } from './blocks';
import { readCsv } from './csv-table';
import type { Folder } from './folder';
import {
  FOLLOW,
  FOLLOWED,
  FOLLOWED_COLUMNS,
  type Follow,
  type Followed,
  followedCsv,
  type List,
} from './follow';
import { Problems } from './problems';

/** The last good copy of each list is in this folder: what was understood of it, and when. */
const COPIES = 'followed/';
export const copyFile = ({ name }: Pick<List, 'name'>): string => `${COPIES}${name}.csv`;
export const isCopy = (file: string): boolean => file.startsWith(COPIES) && file.endsWith('.csv');
/** Where a list comes from. */
export const sourceOf = ({ url, file }: List): string => url ?? file ?? '';

const DAY = 24 * 60 * 60_000;
/** In days. A warning is said of a list that has not been read for longer. */
const STALE = 30;
/** In days. Until then a list that says the same is not written again: the day alone is no change to review. */
const FRESH = 7;
const NOTE = /^# Read on (\d{4}-\d\d-\d\d) from (\S*)\. Written by .*\.\n/;

export interface ListCopy {
  readonly blocks: readonly Followed[];
  /** `YYYY-MM-DD`; unknown of what an older program wrote. */
  readonly day?: string;
  readonly source?: string;
}

/** What a list said when it was read last, or undefined. */
export function lastCopy(folder: Folder, list: List): ListCopy | undefined {
  const text = folder.text(copyFile(list));
  const [note, day, source] = NOTE.exec(text ?? '') ?? [];
  const rows = note === undefined ? undefined : blocksIn(text?.slice(note.length) ?? '');
  if (rows && rows.length > 0) return { blocks: rows, day, source };
  // Before there were copies, or after one was damaged.
  const followed = (blocksIn(folder.text(FOLLOWED) ?? '') ?? []).filter((block) => block.list === list.name);
  return followed.length > 0 ? { blocks: followed } : undefined;
}

/** The copy of a list; the old one if it says the same and is not a week old. */
export function copyText(folder: Folder, list: List, blocks: readonly Followed[], now: Date): string {
  const body = followedCsv(blocks);
  const old = folder.text(copyFile(list)) ?? '';
  const [note, day = '', source] = NOTE.exec(old) ?? [];
  const same = note !== undefined && source === sourceOf(list) && old.slice(note.length) === body;
  if (same && age(day, now) < FRESH) return old;
  const today = now.toISOString().slice(0, 10);
  return `# Read on ${today} from ${sourceOf(list)}. Written by bin/mastodon community follow.\n${body}`;
}

/** Warns of lists that blocks are expected from, and that have not answered for long, or never. */
export function warnOfStaleLists(folder: Folder, { lists }: Follow, now: Date, problems: Problems): void {
  for (const { value: list, place } of lists) {
    const [, day] = NOTE.exec(folder.text(copyFile(list)) ?? '') ?? [];
    if (day === undefined) {
      problems.warn(place, `the list ${list.name} has not been read yet: run bin/mastodon community follow`);
    } else if (list.url !== undefined && age(day, now) > STALE) {
      problems.warn(
        place,
        `the list ${list.name} was last read on ${day}, ${String(age(day, now))} days ago: run bin/mastodon community follow, which says why; if the list has ended, take it out of ${FOLLOW}`,
      );
    }
  }
}

const age = (day: string, now: Date) => Math.floor((now.getTime() - Date.parse(day)) / DAY);

/** The blocks of a file that was written here, or undefined if it can't be read. */
function blocksIn(text: string): Followed[] | undefined {
  const problems = new Problems();
  const rows = readCsv(FOLLOWED, text, FOLLOWED_COLUMNS, problems);
  const blocks = rows.map((row) => ({ ...domainBlock(row, problems), list: row.cells.list ?? '' }));
  return problems.lines('errors').length === 0 ? blocks : undefined;
}
