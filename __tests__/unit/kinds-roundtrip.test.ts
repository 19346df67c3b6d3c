/** Whatever Mastodon has, a pull writes and the check accepts, and the files say the same then: for every list kind, from its schema. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { z } from 'zod';
import { folderOf } from '../../community-files/folder';
import { KINDS } from '../../community-files/kinds';
import { normalHashtag, normalText } from '../../community-files/kinds/fields';
import { completed, type Item, type ListKind, type Lists } from '../../community-files/kinds/list-kind';
import { pulledLists, readLists, writtenLists } from '../../community-files/lists';
import { Problems } from '../../community-files/problems';
import { anyText, name } from '../support/community/states';

/** The number that unit/community-states tries, too: many more at night. */
const RUNS = Number(process.env.COMMUNITY_STATES ?? 500);
jest.setTimeout(Math.max(120_000, RUNS * 1_000));

const someText = fc
  .oneof(
    { weight: 3, arbitrary: anyText },
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.constantFrom('# no comment', "it's: a {trap}", '- a\n- b', '  indented\n\n\ttext', '1e3', 'a\r\nb\r\n', '日本語 🐘', '| \n>'),
  )
  .map((text) => normalText(text.replaceAll('\0', ''))); // prettier-ignore
const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const remote = fc.oneof(fc.tuple(label, label).map((labels) => labels.join('.')), fc.constantFrom('xn--bcher-kva.example', '192.0.2.7', 'localhost:3000')); // prettier-ignore
const host = fc.oneof(remote, fc.constantFrom('bücher.example', 'EXAMPLE.com', 'user:pass@a.example', 'a_b.example', '[2001:db8::1]:8080')); // prettier-ignore
/** As Mastodon keeps them: names that its own rules make, written out by hand. */
const HASHTAGS = ['caturday', 'cafe', 'việtnam', '10_000', 'हिनदी', 'οδοσ', '日本・東京', 'กั็', 'a·b', 'l·l', '___', 'straße', 'œuf', 'x2', 'a'.repeat(200)]; // prettier-ignore
const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  text: someText.filter((text) => !/^[\p{White_Space}]*$/u.test(text)),
  optionalText: someText,
  name: fc.stringMatching(/^[a-z0-9]{1,5}(-[a-z0-9]{1,4}){0,2}$/),
  yesOrNo: fc.boolean(),
  count: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  // A browser's field takes years of two digits and of six.
  moment: fc
    .date({ min: new Date('0020-01-01'), max: new Date('+200000-12-31'), noInvalidDate: true })
    .map((date) => `${date.toISOString().slice(0, -5).replace(/^\+0*/, '')}Z`),
  address: fc.tuple(fc.constantFrom('https', 'http'), host, fc.oneof(fc.webPath(), fc.constantFrom('', '/a b', '/ü?q="x"#y', '/{{x}}'))).map(([scheme, at, path]) => `${scheme}://${at}${path}`), // prettier-ignore
  domain: name,
  username: fc.constantFrom('alice', 'bob'),
  account: fc.tuple(fc.oneof(label, fc.constantFrom('a.b-c', '_x_', 'x'.repeat(60))), fc.option(remote)).map((parts) => parts.filter(Boolean).join('@')), // prettier-ignore
  hashtag: fc.oneof(
    fc.constantFrom(...HASHTAGS),
    // Where a sign is taken out from between two letters, these may be one letter to the next look: Mastodon never finds such a tag again,
    // and kinds/hashtags.rb leaves it out.
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .map((text) => normalHashtag(`a${text}a`))
      .filter((tag) => normalHashtag(tag) === tag),
  ),
  shortcode: fc.stringMatching(/^[a-zA-Z0-9_]{2,128}$/),
  picture: fc.stringMatching(/^emoji\/[a-z]{1,8}\.(png|gif|webp)$/),
  color: fc.constantFrom('#6364ff', '6364FF', 'fff', '#FFF', '000000', '123456', '#1e3'),
};
/** What Mastodon demands between fields. */
const DEMANDED: Readonly<Record<string, (item: Item) => Item>> = {
  announcement: ({ starts_at: start, ends_at: end, scheduled_at: scheduled, ...rest }) => ({
    ...rest,
    ...(start !== undefined && end !== undefined && { starts_at: start, ends_at: end }),
    ...(scheduled !== undefined && rest.published === true && { scheduled_at: scheduled }),
  }),
  builtInRole: (role) => ({
    ...role,
    permissions: role.name === 'Owner' ? ['administrator'] : role.name === 'Everyone' ? [] : role.permissions,
  }),
  invite: ({ comment, ...rest }) => ({
    ...rest,
    ...(typeof comment === 'string' && { comment: normalText(Array.from(comment).slice(0, 420).join('')) }),
  }),
  hashtag: (tag) => ({ ...tag, display_name: displayOf(String(tag.name)) }),
  webhook: (webhook) => ({ ...webhook, events: [...(webhook.events as string[]), 'report.created'].sort() }),
};

/** In capitals, where Mastodon takes them for the same hashtag. */
const displayOf = (tag: string) => (normalHashtag(tag.toUpperCase()) === tag ? tag.toUpperCase() : tag);

interface Schema {
  readonly def: {
    type: string;
    innerType?: Schema;
    in?: Schema;
    element?: Schema;
    entries?: Record<string, string>;
  };
  meta(): { field?: string } | undefined;
}

/** A value of a field, or none where it may be missing. */
function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  const { type, innerType } = schema.def;
  if (type === 'optional') return fc.option(valueOf(innerType as Schema), { nil: undefined });
  if (innerType) return valueOf(innerType);
  const field = schema.meta()?.field ?? '';
  const choices = () => Object.values(choicesOf(schema));
  if (field === 'oneOf') return fc.constantFrom(...choices());
  if (field === 'someOf') return fc.subarray(choices()).map((some) => [...some].sort());
  const known = VALUES[field === 'hashtagDisplay' ? 'hashtag' : field];
  if (!known) throw new Error(`no values are known for the field ${field}: add it to VALUES`);
  return known;
}

function choicesOf({ def }: Schema): Record<string, string> {
  const inner = def.in ?? def.element;
  return def.entries ?? (inner ? choicesOf(inner) : {});
}

const itemOf = (kind: ListKind): fc.Arbitrary<Item> =>
  fc
    .record(
      Object.fromEntries(
        Object.entries(kind.schema.shape).map(([name, schema]) => [
          name,
          valueOf(schema as z.ZodType & Schema),
        ]),
      ),
    )
    .map((item) => DEMANDED[kind.kind]?.(item) ?? item)
    .map((item) => {
      const whole = completed(
        kind,
        Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)),
      );
      if (whole === undefined) throw new Error(`${kind.kind} doesn't take ${JSON.stringify(item)}`);
      return withPicture(kind, whole);
    });

const stateOf = (kind: ListKind) =>
  fc
    .uniqueArray(itemOf(kind), { maxLength: 4, selector: (item) => kind.key(item) })
    .map((items) =>
      items.filter(
        (item, i) => items.findIndex((other) => other.url === item.url) === i || item.url === undefined,
      ),
    );

/** As Mastodon's side writes it: every field, and nothing as null. */
const asServer = (kind: ListKind, items: readonly Item[]): Item[] =>
  items.map((item) => ({
    ...Object.fromEntries(Object.keys(kind.schema.shape).map((field) => [field, item[field] ?? null])),
    ...(kind.picture && { picture: item.picture }),
  }));

const sorted = (kind: ListKind, items: readonly Item[] = []) =>
  [...items].sort((a, b) => (kind.key(a) < kind.key(b) ? -1 : 1));

/** A picture of its own for each name, even where the file names it by leaving it out. */
const bytesOf = (name: string) => Buffer.from(`\x89PNG ${name}`, 'latin1');

function withPicture(kind: ListKind, item: Item): Item {
  if (!kind.picture) return item;
  const bytes = bytesOf(String(item[kind.picture.field]));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ...item, picture: { sha256, base64: bytes.toString('base64') } };
}

const rewritten = (kind: ListKind, text: string, items: readonly Item[]) =>
  new Map(writtenLists(folderOf({ [kind.file]: text }), { [kind.list]: items })).get(kind.file) ?? '';

/** What the check reads, which has nothing to refuse. */
function said(kind: ListKind, text: string): readonly Item[] {
  const problems = new Problems();
  const names = [...text.matchAll(/emoji\/\w+\.\w+|shortcode: '?(\w+)/g)]
    .map(([name, shortcode]) => (shortcode === undefined ? name : `emoji/${shortcode}.png`))
    .map((name) => [name, bytesOf(name)] as const);
  const files = folderOf({ [kind.file]: text, ...Object.fromEntries(names) });
  const lists = readLists({ folder: files, own: [], now: new Date(), team: ['alice', 'bob'], problems });
  expect(problems.lines('errors')).toEqual([]);
  return lists[kind.list] ?? [];
}

test.each(KINDS.map((kind) => [kind.file, kind] as const))('%s', (file, kind) => {
  fc.assert(
    fc.property(stateOf(kind), stateOf(kind), (before, after) => {
      const text = rewritten(kind, `# Ours.\n${kind.list}: []\n`, before);
      expect(text).toMatch(/^# Ours\.\n/);
      expect(said(kind, text)).toEqual(before);

      // All of it was changed in the web interface.
      const server = { [kind.list]: asServer(kind, after) };
      const now = pulledLists({ [kind.list]: before }, server, (_kind, _mine, theirs) => [...theirs]);
      const pulledText = rewritten(kind, text, now[kind.list] ?? []);
      const again = said(kind, pulledText);
      expect(sorted(kind, again)).toEqual(sorted(kind, after));
      // The second pull finds nothing to do.
      expect(rewritten(kind, pulledText, again)).toBe(pulledText);
    }),
    { numRuns: RUNS },
  );
});

test('a pull leaves a kind alone that has no file', () => {
  const lists: Lists = Object.fromEntries(KINDS.map(({ list }) => [list, [{ name: 'theirs' }]]));
  expect(pulledLists({}, lists, (_kind, _mine, theirs) => [...theirs])).toEqual({});
});
