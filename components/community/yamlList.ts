import { isDeepStrictEqual } from 'node:util';
import { isSeq } from 'yaml';
import { completed, type Item, type ListKind } from './kinds/listKind';
import { editableYaml, YAML_STYLE } from './yamlFile';

/**
 * A file's text, changed where its list doesn't say `items`: comments and order stay, what is gone is taken out, what is new comes
 * last. A field that says no more than its default is left out.
 */
export function editedList(text: string, kind: ListKind, wholeItems: readonly Item[]): string {
  const items = wholeItems.map((item) => fieldsOf(kind, item));
  const document = editableYaml(text);
  const { list } = kind;
  const plain = (document.toJS() as Record<string, Item[] | undefined> | null)?.[list] ?? [];
  const known = plain.map((one) => completed(kind, one) ?? one);
  const keys = known.map((one) => kind.key(one));
  const wanted = new Map(items.map((item) => [kind.key(item), item]));
  let changed = false;

  known.forEach((before, i) => {
    const item = wanted.get(keys[i] ?? '');
    if (item === undefined || isDeepStrictEqual(before, item)) return;
    changed = true;
    const short = shortened(kind, item);
    for (const field of new Set([...Object.keys(before), ...Object.keys(item)])) {
      if (isDeepStrictEqual(before[field], item[field])) continue;
      if (field in short) document.setIn([list, i, field], document.createNode(short[field]));
      else document.deleteIn([list, i, field]);
    }
  });
  for (const [i, key] of [...keys.entries()].reverse()) {
    if (wanted.has(key)) continue;
    changed = true;
    document.deleteIn([list, i]);
  }
  const added = items.filter((item) => !keys.includes(kind.key(item)));
  if (added.length > 0) {
    const sequence = document.get(list);
    if (!isSeq(sequence)) document.set(list, document.createNode([]));
    else sequence.flow = false;
    for (const item of added) document.addIn([list], document.createNode(shortened(kind, item)));
  }
  return changed || added.length > 0 ? document.toString(YAML_STYLE) : text;
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
