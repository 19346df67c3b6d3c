/** Takes lists of blocks over into a community's files. A list that can't be used keeps what it said last. */
import type { Folder } from '../../community-files/folder';
import {
  type Follow,
  FOLLOWED,
  followedCsv,
  type Followed,
  type List,
  reaching,
} from '../../community-files/follow';
import { copyFile, copyText, isCopy, lastCopy, sourceOf } from '../../community-files/list-copies';
import { merged } from '../../community-files/merged-lists';
import { ListError, readList, unusableLine } from '../../community-files/published-list';
import { fetchList } from './fetch-list';

/** How many lines that can't be used are shown of each list. */
const SHOWN = 10;

export interface FollowOptions {
  /** The server's own domains, which no list blocks. */
  readonly own: readonly string[];
  readonly now: Date;
  /** The names of lists that may lose more than half of what they blocked. */
  readonly shrink: readonly string[];
  /** Fetches a list from its address. */
  readonly fetchText?: typeof fetchList;
}

export interface Taken {
  /** The files that have to be written, with their text. */
  readonly files: ReadonlyMap<string, string>;
  /** Copies of lists that are followed no more. */
  readonly obsolete: readonly string[];
  readonly said: readonly string[];
  /** A line for each list that can't be used: which, and why. */
  readonly failures: readonly string[];
}

interface Outcome {
  readonly list: List;
  readonly blocks: readonly Followed[];
  readonly copy?: string;
  readonly said: readonly string[];
  readonly failure?: string;
}

/** What the files of a community shall say of the lists that it follows. */
export async function takeLists(folder: Folder, follow: Follow, options: FollowOptions): Promise<Taken> {
  const lists = follow.lists.map(({ value }) => value);
  const outcomes = await Promise.all(lists.map((list) => take(list, folder, options)));
  const never = [...follow.never.map(({ value }) => value), ...options.own];
  const blocks = merged(
    outcomes.map((outcome) => reaching(outcome.list.threshold, outcome.blocks)),
    never,
  );
  const texts = outcomes.flatMap(({ list, copy }) =>
    copy === undefined ? [] : [[copyFile(list), copy] as const],
  );
  const wanted = new Map([...texts, [FOLLOWED, followedCsv(blocks)] as const]);
  const copies = new Set(lists.map(copyFile));
  return {
    files: new Map([...wanted].filter(([file, text]) => folder.text(file) !== text)),
    obsolete: folder.files.filter((file) => isCopy(file) && !copies.has(file)),
    said: outcomes.flatMap(({ said }) => said),
    failures: outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
  };
}

async function take(list: List, folder: Folder, options: FollowOptions): Promise<Outcome> {
  const last = lastCopy(folder, list);
  try {
    const { text, address } = await textOf(list, folder, options);
    const { blocks, unusable } = readList(list.name, text);
    // Of another source no more is known than its name.
    const before = last?.source === undefined || last.source === sourceOf(list) ? last?.blocks.length : 0;
    refuseShrunk(list, blocks.length, before ?? 0, options.shrink);
    const reached = reaching(list.threshold, blocks).length;
    const moved = address === sourceOf(list) ? [] : [`  it came from ${address}`];
    const lines = unusable.slice(0, SHOWN).map((one) => `  not used: ${unusableLine(one)}`);
    const more = unusable.length - lines.length;
    return {
      list,
      blocks,
      copy: copyText(folder, list, blocks, options.now),
      said: [
        `${list.name}: ${String(reached)} blocks of ${list.threshold} or more, ${String(unusable.length)} lines not used`,
        ...moved,
        ...lines,
        ...(more > 0 ? [`  and ${String(more)} more`] : []),
      ],
    };
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    const rest =
      last === undefined
        ? 'nothing is known of it yet, and nothing is taken over'
        : `its ${String(last.blocks.length)} blocks${last.day === undefined ? '' : ` of ${last.day}`} stay`;
    const failure = `${list.name}: ${sourceOf(list)} ${error.message}; ${rest}`;
    return { list, blocks: last?.blocks ?? [], said: [], failure };
  }
}

async function textOf({ url, file = '' }: List, folder: Folder, { fetchText = fetchList }: FollowOptions) {
  return url === undefined ? { text: folder.text(file) ?? '', address: file } : fetchText(url);
}

/** Blocks that vanish at once are rather an accident than a decision: half a file, placeholders, another's file. */
function refuseShrunk({ name }: List, now: number, before: number, shrink: readonly string[]): void {
  if (now * 2 >= before || shrink.includes(name)) return;
  throw new ListError(
    `has ${String(now)} blocks, and had ${String(before)}; if that is meant: bin/mastodon community follow --shrink ${name}`,
  );
}
