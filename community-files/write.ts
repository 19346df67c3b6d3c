import { type Document, isMap, isScalar, isSeq, stringify } from 'yaml';
import { isFields } from '../lib/is-fields';
import { COLUMNS, csvComment, normalRange } from './blocks';
import { csvLine, headerOf, readCsv, type Row } from './csv-table';
import { ABOUT, frontMatter, PRIVACY, TERMS, withFront } from './documents';
import { normalDomain } from './domains';
import type { Folder } from './folder';
import { FOLLOW, FOLLOWED } from './follow';
import { writtenLists } from './lists';
import { Problems } from './problems';
import type { Read } from './read';
import { RULES, splitRules } from './rules';
import { looksLikeRules, writeText } from './rule-text';
import { SERVER } from './server-settings';
import { TEAM } from './team';
import type { Community, Rule } from './types';
import type { Item } from './kinds/list-kind';
import { editableYaml, YAML_STYLE } from './yaml-file';
import { editItems, itemsIn } from './yaml-list';

/**
 * The files that have to change for the folder to say `wanted`, with their new text. What says the same already stays as it
 * is written, with comments and order.
 */
export function written(folder: Folder, said: Read, wanted: Community): Map<string, string> {
  const { followed, community: before } = said;
  const fromLists = new Map(followed.map((block) => [block.domain, block]));
  const own = wanted.domainBlocks.filter((block) => !same(block, fromLists.get(block.domain)));
  const blocked = new Set(wanted.domainBlocks.map(({ domain }) => domain));
  const lifted = followed.map(({ domain }) => domain).filter((domain) => !blocked.has(domain));
  const ownBefore = before.domainBlocks.filter((block) => !followed.includes(block));
  const domain = (row: Row) => normalDomain(row.cells.domain ?? '');
  const byDomain = (item: { domain: string }) => item.domain;
  const texts: [string, string | undefined][] = [
    [TEAM, team(folder, before, wanted)],
    [RULES, rules(folder, before.rules, wanted.rules)],
    [TERMS, terms(folder, before.terms, wanted.terms)],
    ...documents(folder, before.settings, wanted.settings),
    [SERVER, settings(folder, before.settings, wanted.settings)],
    table(folder, 'domain-blocks.csv', ownBefore, own, { row: domain, item: byDomain }),
    table(folder, 'domain-allows.csv', before.domainAllows, wanted.domainAllows, {
      row: domain,
      item: byDomain,
    }),
    table(folder, 'email-domain-blocks.csv', before.emailDomainBlocks, wanted.emailDomainBlocks, {
      row: domain,
      item: byDomain,
    }),
    table(folder, 'ip-blocks.csv', before.ipBlocks, wanted.ipBlocks, {
      row: (row) => normalRange(row.cells.ip ?? ''),
      item: ({ ip }) => ip,
    }),
    ...writtenLists(folder, wanted.lists ?? {}),
    ...(lifted.length > 0 ? withoutLifted(folder, lifted) : []),
  ];
  return new Map(
    texts.flatMap(([file, text]) =>
      text === undefined || text === folder.text(file) ? [] : [[file, text] as const],
    ),
  );
}

const same = (a: unknown, b: unknown) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
const sorted = (value: unknown): unknown =>
  isFields(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a.localeCompare(b))) : value;

/** Who has said the same before keeps the line. New lines go where they belong if the file is sorted, else to its end. */
function table<T extends object>(
  folder: Folder,
  file: string,
  before: readonly T[],
  items: readonly T[],
  key: { row: (row: Row) => string; item: (item: T) => string },
): [string, string | undefined] {
  if (same(before, items)) return [file, undefined];
  const { required, optional = [] } = COLUMNS[file] ?? { required: [] };
  const columns = [...required, ...optional];
  const text = folder.text(file) ?? '';
  const rows = readCsv(file, text, { required, optional }, new Problems());
  const { raw: header, names } = headerOf(text);
  // A file that lacks columns is rewritten: what was changed may need them.
  const whole = columns.every((column) => names.includes(column));
  const order = whole ? names : columns;
  const was = new Map(before.map((item) => [key.item(item), item]));
  const raw = new Map(rows.map((row) => [key.row(row), row.raw]));
  const line = (item: T) => {
    const kept = whole && same(item, was.get(key.item(item))) ? raw.get(key.item(item)) : undefined;
    return kept ?? csvLine(order.map((column) => cell(item, column)));
  };
  const known = rows.map(key.row);
  const wanted = new Map(items.map((item) => [key.item(item), item]));
  const keys = [
    ...known.filter((one) => wanted.has(one)),
    ...[...wanted.keys()].filter((one) => !raw.has(one)).sort(),
  ];
  if (same(known, [...known].sort())) keys.sort();
  const lines = keys.flatMap((one) => wanted.get(one) ?? []).map(line);
  return [file, [whole ? header : columns.map((name) => `#${name}`).join(','), ...lines, ''].join('\n')];
}

/** `reject_media` is the property `rejectMedia`. */
function cell(item: object, column: string): string {
  const name = column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const value = String((item as Record<string, string | boolean | undefined>)[name] ?? '');
  return column.endsWith('comment') ? csvComment(value) : value;
}

/** Changes a file in YAML where it has to be changed. */
function edited(folder: Folder, file: string, edit: (document: Document) => void): string {
  const document = editableYaml(folder.text(file) ?? '');
  edit(document);
  return document.toString(YAML_STYLE);
}

function team(folder: Folder, before: Community, wanted: Community): string | undefined {
  if (same(before.team, wanted.team) && same(before.roles, wanted.roles)) return undefined;
  const roles = wanted.roles.map(({ require2fa, ...role }) => ({
    ...role,
    require_2fa: require2fa ?? false,
  }));
  return edited(folder, TEAM, (document) => {
    const byUsername = (item: Item) => String(item.username).toLowerCase();
    people(document, 'people', wanted.team as unknown as Item[], byUsername);
    people(document, 'roles', roles, ({ name }) => String(name));
  });
}

/** A field that says nothing is not added to what is there. */
function people(document: Document, list: string, items: readonly Item[], key: (item: Item) => string): void {
  const wanted = new Map(items.map((item) => [key(item), item]));
  const silent = (item: Item = {}) =>
    Object.entries(item).filter(([, value]) => value === '' || value === false || same(value, []));
  const known = itemsIn(document, list).map((one) => ({
    ...Object.fromEntries(silent(wanted.get(key(one)))),
    ...one,
  }));
  editItems(document, list, { known, items, key });
}

function settings(folder: Folder, before: Community['settings'], wanted: Community['settings']) {
  const simple = (all: Community['settings']) =>
    Object.entries(all).filter(([key, value]) => !(key in DOCUMENTS) && typeof value !== 'object');
  const now = new Map(simple(wanted));
  const was = new Map(simple(before));
  if (same([...now], [...was])) return undefined;
  return edited(folder, SERVER, (document) => {
    if (!isMap(document.contents)) document.contents = document.createNode({});
    for (const key of was.keys()) if (!now.has(key)) document.delete(key);
    for (const [key, value] of now) {
      if (was.get(key) === value) continue;
      const node = document.get(key, true);
      if (
        isScalar(node) &&
        (node.type?.startsWith('BLOCK') || (typeof value === 'string' && value.includes('\n')))
      )
        renew(document, key);
      document.set(key, value);
    }
  });
}

/** A text of several lines can't have a comment behind it, so it goes above. */
function renew(document: Document, key: string): void {
  const pair = isMap(document.contents)
    ? document.contents.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  if (!pair || !isScalar(pair.key) || !isScalar(pair.value)) return;
  pair.key.commentBefore ??= pair.value.comment;
  pair.value = document.createNode('');
}

const DOCUMENTS: Readonly<Record<string, string>> = { site_terms: PRIVACY, site_extended_description: ABOUT };

function documents(folder: Folder, before: Community['settings'], wanted: Community['settings']) {
  return Object.entries(DOCUMENTS).map(([key, file]): [string, string | undefined] => {
    const text = wanted[key];
    if (typeof text !== 'string' || text === before[key]) return [file, undefined];
    return [file, withFront(frontMatter(folder.text(file) ?? '').front, text)];
  });
}

function terms(folder: Folder, before: Community['terms'], wanted: Community['terms']): string | undefined {
  if (wanted === undefined || same(before, wanted)) return undefined;
  const front = stringify({ effective_date: wanted.effectiveDate, changelog: wanted.changelog }, YAML_STYLE);
  return withFront(front, wanted.text);
}

function rules(folder: Folder, before: readonly Rule[], wanted: readonly Rule[]): string | undefined {
  const plain = (all: readonly Rule[]) =>
    all.map(({ key, text, hint, translations }) => ({ key, text, hint, translations }));
  const was = new Map(plain(before).map((rule) => [rule.key, rule]));
  if (same(plain(before), plain(wanted))) return undefined;
  const { preamble, sections } = splitRules(folder.text(RULES) ?? '');
  const raw = new Map(sections.map((section) => [section.key, section.raw]));
  const parts = plain(wanted).map((rule) => {
    const kept = same(rule, was.get(rule.key)) ? raw.get(rule.key) : undefined;
    return (kept ?? ruleSection(rule)).trim();
  });
  // Without a rule it would be taken for one that is badly written.
  const introduction = parts.length === 0 && looksLikeRules(preamble) ? '' : preamble.trim();
  return `${[introduction, ...parts].filter(Boolean).join('\n\n')}\n`;
}

function ruleSection({ key, text, hint, translations }: Omit<Rule, 'priority'>): string {
  const others = translations.flatMap((one) => [`### ${one.language}: ${one.text}`, writeText(one.hint)]);
  return [`## ${text} {#${key}}`, writeText(hint), ...others].filter(Boolean).join('\n\n');
}

/** A followed block that moderators lifted is never to come back from a list. */
function withoutLifted(folder: Folder, lifted: readonly string[]): [string, string][] {
  const never = edited(folder, FOLLOW, (document) => {
    if (!isSeq(document.get('never'))) document.set('never', document.createNode([]));
    const node = document.get('never');
    if (isSeq(node)) node.flow = false;
    for (const domain of lifted) document.addIn(['never'], domain);
  });
  const text = folder.text(FOLLOWED) ?? '';
  const gone = new Set(lifted);
  const lines = text.split('\n').filter((line) => !gone.has(normalDomain(line.split(',')[0] ?? '')));
  return [
    [FOLLOW, never],
    [FOLLOWED, lines.join('\n')],
  ];
}
