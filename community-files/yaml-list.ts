import { isDeepStrictEqual } from 'node:util';
import { type Document, isSeq } from 'yaml';
import { completed, type Item, type ListKind } from './kinds/list-kind';
import { editableYaml, YAML_STYLE } from './yaml-file';

interface Edit {
  /** What the file's items say, with what they leave out, in their order. */
  readonly known: readonly Item[];
  /** What they are to say. */
  readonly items: readonly Item[];
  /** By which two items mean the same thing. */
  readonly key: (item: Item) => string;
  /** The fields of an item that are written. Default: all. */
  readonly written?: (item: Item) => Item;
}

/** A file's text, changed by {@link editItems}. A field that says no more than its default is left out. */
export function editedList(text: string, kind: ListKind, wholeItems: readonly Item[]): string {
  const document = editableYaml(text);
  const edit = {
    known: itemsIn(document, kind.list).map((one): Item => completed(kind, one) ?? one),
    items: wholeItems.map((item) => fieldsOf(kind, item)),
    key: (item: Item) => kind.key(item),
    written: (item: Item) => shortened(kind, item),
  };
  return editItems(document, kind.list, edit) ? document.toString(YAML_STYLE) : text;
}

/** The items of a list in a document, as they are written. */
export const itemsIn = (document: Document, list: string): readonly Item[] =>
  (document.toJS() as Record<string, Item[] | undefined> | null)?.[list] ?? [];

/**
 * Changes a list where it doesn't say `items`: comments and order stay, what is gone is taken out, what is new comes last.
 * Returns whether anything was changed.
 */
export function editItems(document: Document, list: string, edit: Edit): boolean {
  const { known, items, key, written = (item: Item): Item => item } = edit;
  const keys = known.map(key);
  const wanted = new Map(items.map((item) => [key(item), item]));
  let changed = false;

  known.forEach((before, i) => {
    const item = wanted.get(keys[i] ?? '');
    if (item === undefined || isDeepStrictEqual(before, item)) return;
    changed = true;
    const short = written(item);
    for (const field of new Set([...Object.keys(before), ...Object.keys(item)])) {
      if (isDeepStrictEqual(before[field], item[field])) continue;
      if (field in short) document.setIn([list, i, field], document.createNode(short[field]));
      else document.deleteIn([list, i, field]);
    }
  });
  for (const [i, one] of [...keys.entries()].reverse()) {
    if (wanted.has(one)) continue;
    changed = true;
    document.deleteIn([list, i]);
  }
  const added = items.filter((item) => !keys.includes(key(item)));
  if (added.length > 0) {
    const sequence = document.get(list);
    if (!isSeq(sequence)) document.set(list, document.createNode([]));
    else sequence.flow = false;
    for (const item of added) document.addIn([list], document.createNode(written(item)));
  }
  return changed || added.length > 0;
}

/** Without what is no field of the file. */
const fieldsOf = (kind: ListKind, item: Item): Item =>
  Object.fromEntries(Object.entries(item).filter(([field]) => field in kind.schema.shape));

/** Without what the schema fills in by itself. */
function shortened(kind: ListKind, item: Item): Item {
  return Object.keys(item).reduce<Item>((rest, field) => {
    const without = Object.fromEntries(Object.entries(rest).filter(([name]) => name !== field));
    const fields = Object.entries(item).filter(([, value]) => value !== undefined);
    return rest[field] === undefined ||
      isDeepStrictEqual(completed(kind, without), Object.fromEntries(fields))
      ? without
      : rest;
  }, item);
}
