/** Every test that there was and every test that there is, title by title: none may be lost without a word. */
import { RENAMES, type Rename } from './renames';
import type { FileOfRun } from './run';

/** A test that there is now. */
export interface TitleNow {
  title: string;
  /** The file that it was in, if in another one. */
  movedFrom?: string;
  /** What it was called, if the table of renames says so. */
  renamed?: readonly Rename[];
  /** It replaces no earlier test. */
  isNew: boolean;
}

export interface Comparison {
  files: { file: string; titles: TitleNow[] }[];
  /** Renames and removals that explain an earlier title. */
  explained: Rename[];
  /** Sentences, each for a title that is lost or an entry of the table that is wrong. */
  problems: string[];
}

type Titles = Pick<FileOfRun, 'file' | 'titles'>;

/** What stands for what. A title is looked for in its own file first, then in any other, then in the table. */
export function compareTitles(
  before: readonly Titles[],
  now: readonly Titles[],
  renames: readonly Rename[] = RENAMES,
): Comparison {
  const rest = new Map(before.map(({ file, titles }) => [file, [...titles]]));
  const files = now.map(({ file, titles }) => ({
    file,
    titles: titles.map((title): TitleNow => ({ title, isNew: !take(rest.get(file), title) })),
  }));
  const fresh = files.flatMap(({ titles }) => titles.filter(({ isNew }) => isNew));
  for (const entry of fresh) {
    const from = [...rest].find(([, titles]) => take(titles, entry.title))?.[0];
    if (from !== undefined) Object.assign(entry, { movedFrom: from, isNew: false });
  }
  const explained = renames.filter(({ file, before: title }) => take(rest.get(file), title));
  for (const entry of fresh.filter(({ isNew }) => isNew)) {
    const renamed = explained.filter(({ now: names = [] }) => names.includes(entry.title));
    if (renamed.length > 0) Object.assign(entry, { renamed, isNew: false });
  }
  const all = new Set(now.flatMap(({ titles }) => titles));
  return { files, explained, problems: [...lost(rest), ...wrong(renames, explained, all)] };
}

/** Takes one of a list away. @returns whether it was there */
function take(titles: string[] | undefined, title: string): boolean {
  const index = titles?.indexOf(title) ?? -1;
  if (index >= 0) titles?.splice(index, 1);
  return index >= 0;
}

const lost = (rest: ReadonlyMap<string, readonly string[]>) =>
  [...rest].flatMap(([file, titles]) =>
    titles.map(
      (title) => `${file}: "${title}" is gone; restore it, or give the reason in docs/testing/renames.json`,
    ),
  );

const wrong = (renames: readonly Rename[], explained: readonly Rename[], all: ReadonlySet<string>) =>
  renames.flatMap((rename) => {
    const { file, before, now = [] } = rename;
    const missing = now.filter((title) => !all.has(title));
    return [
      ...(explained.includes(rename)
        ? []
        : [`renames.json: "${before}" of ${file} is not gone, or never was`]),
      ...missing.map((title) => `renames.json: there is no test "${title}", which "${before}" is to be now`),
    ];
  });
