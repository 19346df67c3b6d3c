import { z } from 'zod';
import type { Folder } from './folder';
import { KINDS } from './kinds';
import {
  type Around,
  completed,
  type Item,
  type ListEntry,
  type ListKind,
  type Lists,
} from './kinds/list-kind';
import { keepingFile, missingPictures, withPictures } from './pictures';
import { type Entry, refuseTwins } from './problems';
import { readYaml } from './yaml-file';
import { editedList } from './yaml-list';

/** What files there are for list kinds, and what they say. */
export function readLists(around: Around): Lists {
  const there = KINDS.filter(({ file }) => around.folder.files.includes(file));
  return Object.fromEntries(
    there.map((kind) => [kind.list, readList(kind, around).map(({ value }) => value)]),
  );
}

function readList(kind: ListKind, around: Around): readonly Entry<Item>[] {
  const { list, file: name, schema } = kind;
  const expected = `expected a list of ${kind.title}; [] is an empty one`;
  const whole = z.strictObject({ [list]: z.array(schema, expected) });
  const file = readYaml(name, around.folder.text(name) ?? '', whole, around.problems);
  if (!file) return [];
  const entries = (file.value[list] as readonly Item[]).map((value, i): ListEntry<Item> => {
    const at = (field: string) => file.place(list, i, field);
    return { value: kind.complete?.(value) ?? value, place: file.place(list, i), at };
  });
  refuseTwins(around.problems, entries, (item) => kind.key(item));
  kind.check?.(entries, around);
  return withPictures(kind, entries, around);
}

/** What the lists shall say: `merge` decides between the files and the server. Without a file there is nothing to say. */
export function pulledLists(
  files: Lists,
  server: Lists,
  merge: (
    kind: string,
    mine: readonly Item[],
    theirs: readonly Item[],
    key: (item: Item) => string,
  ) => Item[],
): Lists {
  const there = KINDS.flatMap((kind) => {
    const mine = files[kind.list];
    if (!mine) return [];
    const key = (item: Item) => kind.key(item);
    const byKey = new Map(mine.map((item) => [key(item), item]));
    const theirs = (server[kind.list] ?? [])
      .map((item) => ofServer(kind, item))
      .map((item) => keepingFile(kind, item, byKey.get(key(item))));
    return [[kind.list, merge(kind.kind, mine, theirs, key)] as const];
  });
  return Object.fromEntries(there);
}

/** As the file would say it: Mastodon's side names every field. */
function ofServer(kind: ListKind, item: Item): Item {
  const named = Object.entries(item).filter(([field, value]) => field in kind.schema.shape && value !== null);
  const own = completed(kind, Object.fromEntries(named)) ?? Object.fromEntries(named);
  return kind.picture ? { ...own, picture: item.picture } : own;
}

/** The files that have to change for the lists to say `wanted`, with their new text. */
export function writtenLists(folder: Folder, wanted: Lists): [string, string][] {
  return KINDS.flatMap((kind): [string, string][] => {
    const items = wanted[kind.list];
    return items ? [[kind.file, editedList(folder.text(kind.file) ?? '', kind, items)]] : [];
  });
}

/** The pictures that the lists name and the folder hasn't, by their files. */
export function writtenPictures(folder: Folder, wanted: Lists): Map<string, Buffer> {
  return new Map(KINDS.flatMap((kind) => missingPictures(kind, wanted[kind.list] ?? [], folder)));
}
