import { createHash } from 'node:crypto';
import type { Folder } from './folder';
import type { Around, Item, ListEntry, ListKind } from './kinds/list-kind';

/** A picture of an entry: beside the fields of its file, and sent along with them. */
export interface Picture {
  readonly sha256: string;
  /** Mastodon's side leaves it out where the files have the same. */
  readonly base64?: string;
}

type Type = 'png' | 'gif' | 'webp';

const STARTS: Readonly<Record<Type, RegExp>> = { png: /^\x89PNG/, gif: /^GIF8/, webp: /^RIFF....WEBP/s };
/** They travel with each `up`, and are in the stack's state. */
const LARGE = 8_000_000;

export const pictureOf = (item: Item | undefined) => item?.picture as Picture | undefined;

/** The entries with their pictures; what is wrong with one is noted at its line. */
export function withPictures(
  kind: ListKind,
  entries: readonly ListEntry<Item>[],
  around: Around,
): readonly ListEntry<Item>[] {
  const { picture } = kind;
  if (!picture) return entries;
  let size = 0;
  const all = entries.map((entry) => {
    const name = String(entry.value[picture.field]);
    const bytes = around.folder.bytes(name) ?? Buffer.alloc(0);
    const problem = problemOf(name, bytes, around.folder, picture);
    if (problem) around.problems.refuse(entry.at(picture.field), problem);
    size += bytes.length;
    return {
      ...entry,
      value: { ...entry.value, picture: { sha256: sha256(bytes), base64: bytes.toString('base64') } },
    };
  });
  if (size > LARGE) around.problems.warn({ file: kind.file, line: 1 }, `its pictures have ${String(Math.round(size / 1e6))} MB, which each up transfers; make them smaller`); // prettier-ignore
  return all;
}

function problemOf(
  name: string,
  bytes: Buffer,
  folder: Folder,
  { limit, types }: NonNullable<ListKind['picture']>,
) {
  const start = bytes.subarray(0, 16).toString('latin1');
  if (!folder.files.includes(name)) return `there is no ${name} in ${folder.name}`;
  if (!types.some((type) => STARTS[type].test(start)))
    return `${name} is no image of the kinds ${types.join(', ')}`;
  return bytes.length < limit
    ? undefined
    : `${name} has ${String(bytes.length)} bytes of at most ${String(limit - 1)}; make it smaller`;
}

/** The server's entry, which knows no files: one with the same picture keeps its file. */
export function keepingFile(kind: ListKind, theirs: Item, mine: Item | undefined): Item {
  const { field } = kind.picture ?? {};
  if (field === undefined || pictureOf(mine)?.sha256 !== pictureOf(theirs)?.sha256) return theirs;
  return { ...theirs, [field]: mine?.[field], picture: mine?.picture };
}

/** The pictures that the folder hasn't, by their files. */
export function missingPictures(kind: ListKind, items: readonly Item[], folder: Folder): [string, Buffer][] {
  const { field } = kind.picture ?? {};
  return items.flatMap((item): [string, Buffer][] => {
    const { base64 } = pictureOf(item) ?? {};
    if (field === undefined || base64 === undefined) return [];
    const name = String(item[field]);
    const bytes = Buffer.from(base64, 'base64');
    return folder.bytes(name)?.equals(bytes) ? [] : [[name, bytes]];
  });
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
