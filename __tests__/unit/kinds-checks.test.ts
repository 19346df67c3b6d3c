import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { normalHashtag } from '../../community-files/kinds/fields';
import { KINDS } from '../../community-files/kinds';
import { folder, problems, sound } from '../support/community/files';
import { HASHTAGS } from '../support/hashtags';

const lists = (files: Readonly<Record<string, string>>) => sound(folder(files)).community.lists;

test('each kind has a class on the machine, which names the same list and file', () => {
  const community = join(__dirname, '../../cloud-init/handover/usr/local/share/mastodon/community');
  const applied = /%w\(([^)]+)\)/.exec(readFileSync(join(community, 'lists.rb'), 'utf8'))?.[1];
  const classes = applied
    ?.trim()
    .split(/\s+/)
    .flatMap((name) => {
      const text = readFileSync(join(community, 'kinds', `${name}.rb`), 'utf8');
      return [...text.matchAll(/describes '(\w+)', list: '(\w+)', file: '([^']+)'/g)].map((match) =>
        match.slice(1),
      );
    });
  expect(classes?.sort()).toEqual(KINDS.map(({ kind, list, file }) => [kind, list, file]).sort());
});

test('a kind without a file is not in the document, and an empty list is', () => {
  expect(lists({})).toBeUndefined();
  for (const { file, list } of KINDS) {
    expect(lists({ [file]: `${list}: []\n` })).toEqual({ [list]: [] });
    expect(problems({ [file]: '' })).toEqual([
      expect.stringMatching(`^${file}:1: ${list}: expected a list of `),
    ]);
    expect(problems({ [file]: `${list}x: []\n` }).join('\n')).toContain(`did you mean ${list}?`);
  }
});

test.each<[string, string, string]>([
  [
    'announcements',
    '- name: summer\n    text: |\n      Hello\n    starts_at: 2027-07-01\n    ends_at: 2027-07-02T10:30:00+02:00',
    '{"name":"summer","text":"Hello","starts_at":"2027-07-01T00:00:00Z","ends_at":"2027-07-02T08:30:00Z","all_day":false,"published":true}',
  ],
  [
    'username-blocks',
    '- username: Root\n  - username: admin\n    comparison: contains\n    allow_with_approval: true',
    '{"username":"Root","comparison":"equals","allow_with_approval":false}',
  ],
  [
    'hashtags',
    '- name: caturday\n    display_name: CaturDay\n    trendable: true',
    '{"name":"caturday","display_name":"CaturDay","usable":true,"listable":true,"trendable":true}',
  ],
  [
    'built-in-roles',
    '- name: Everyone\n    permissions: []\n  - name: Owner\n    permissions: [administrator]',
    '{"name":"Everyone","permissions":[],"require_2fa":false,"highlighted":false}',
  ],
  ['follow-suppressions', '- account: "@Star@Other.example"', '{"account":"star@other.example"}'],
  ['invites', '- { name: fair, user: Alice }', '{"name":"fair","user":"alice","autofollow":false}'],
  [
    'link-publishers',
    '- { domain: Bücher.example, trendable: false }',
    '{"domain":"xn--bcher-kva.example","trendable":false}',
  ],
  ['relays', '- url: https://relay.example/inbox', '{"url":"https://relay.example/inbox","enabled":true}'],
  ['warning-presets', '- { name: spam, text: No. }', '{"name":"spam","title":"","text":"No."}'],
  [
    'webhooks',
    '- { name: chat, url: https://chat.example/x, events: [report.updated, report.created, report.created] }',
    '{"name":"chat","url":"https://chat.example/x","events":["report.created","report.updated"],"enabled":true}',
  ],
])('%s.yaml is read with Mastodon’s defaults', (name, text, first) => {
  const list = name.replaceAll('-', '_');
  expect(JSON.stringify(lists({ [`${name}.yaml`]: `${list}:\n  ${text}\n` })?.[list]?.[0])).toBe(first);
});

test.each<[string, string, string]>([
  ['announcements', '- text: Hello', 'announcements.yaml:2: name: expected a name such as summer-break'],
  ['announcements', '- name: Summer Break\n    text: x', 'announcements.yaml:2: name: expected small letters'],
  ['announcements', "- name: a\n    text: ' '", 'announcements.yaml:3: text: expected what is announced'],
  ['announcements', '- name: a\n    text: x\n    start_at: 2027-01-01', 'announcements.yaml:4: start_at is not known here; did you mean starts_at?'],
  ['announcements', '- name: a\n    text: x\n    starts_at: tomorrow', 'announcements.yaml:4: starts_at: expected a day or moment'],
  ['announcements', '- name: a\n    text: x\n    ends_at: 2027-01-01', 'announcements.yaml:4: starts_at and ends_at: expected both or none'],
  ['announcements', '- name: a\n    text: x\n    published: false\n    scheduled_at: 2027-01-01', 'announcements.yaml:5: scheduled_at and published: false contradict'],
  ['announcements', '- name: a\n    text: x\n  - name: a\n    text: y', 'announcements.yaml:4: a is already in announcements.yaml, line 2'],
  ['username_blocks', '- username: root\n  - username: Root', 'username-blocks.yaml:3: root is already in username-blocks.yaml, line 2'],
  ['username_blocks', '- username: root\n    comparison: matches', 'username-blocks.yaml:3: comparison: expected one of equals, contains'],
  ['hashtags', '- name: "#Caturday"', 'hashtags.yaml:2: name: write caturday, as Mastodon keeps it'],
  ['hashtags', '- name: café', 'hashtags.yaml:2: name: write cafe, as Mastodon keeps it'],
  ['hashtags', '- name: "2027"', 'hashtags.yaml:2: name: "2027" is no hashtag'],
  ['hashtags', '- name: caturday\n    display_name: DogDay', 'hashtags.yaml:3: display_name DogDay: expected caturday with other capitals'],
  ['built_in_roles', '- { name: Helper, permissions: [] }', 'built-in-roles.yaml:2: name: expected one of Owner, Admin, Moderator, Everyone'],
  ['built_in_roles', '- name: Owner\n    permissions: [manage_users]', 'built-in-roles.yaml:3: Owner has to be administrator'],
  ['built_in_roles', '- name: Everyone\n    permissions: [manage_users]', 'built-in-roles.yaml:3: manage_users is not for everyone'],
  ['follow_suppressions', '- account: alice@toot.example', 'follow-suppressions.yaml:2: is of this server; write alice'],
  ['invites', '- name: fair\n    user: carol', 'invites.yaml:3: carol is not in team.yaml'],
  ['invites', '- name: fair\n    user: alice\n    max_uses: 0', 'invites.yaml:4: max_uses: expected how many people may use it'],
  ['link_publishers', '- domain: https://news.example\n    trendable: true', 'link-publishers.yaml:2: '],
  ['relays', '- url: relay.example', 'relays.yaml:2: url: expected an https:// address'],
  ['webhooks', '- name: chat\n    url: https://chat.example/x\n    events: []', 'webhooks.yaml:4: events: expected at least one'],
  ['webhooks', '- name: chat\n    url: https://chat.example/x\n    events: [report.new]', 'webhooks.yaml:4: events: expected account.approved'],
  ['custom_emoji', '- shortcode: blob-cat', 'custom-emoji.yaml:2: shortcode: expected at least two letters'],
  ['custom_emoji', '- shortcode: blobcat', 'custom-emoji.yaml:2: there is no emoji/blobcat.png in community'],
])('%s: %s', (list, text, problem) => {
  const file = `${list.replaceAll('_', '-')}.yaml`;
  expect(problems({ [file]: `${list}:\n  ${text}\n` })).toEqual([expect.stringContaining(problem)]);
}); // prettier-ignore

test('a picture of an emoji has to be one, and small enough', () => {
  const yaml = { 'custom-emoji.yaml': 'custom_emoji:\n  - shortcode: blobcat\n    image: emoji/cat.gif\n' };
  const told = (bytes: Buffer) => problems({ ...yaml, 'emoji/cat.gif': bytes });
  expect(told(Buffer.from('<svg>'))).toEqual([
    expect.stringContaining('custom-emoji.yaml:3: emoji/cat.gif is no image of the kinds png, gif, webp'),
  ]);
  expect(told(Buffer.from(`GIF89a${'x'.repeat(256 * 1024)}`))).toEqual([
    expect.stringContaining('bytes of at most 262143'),
  ]);
  expect(told(Buffer.from('GIF89a'))).toEqual([]);
});

test('a preview names no part of a webhook’s address but its host', () => {
  const yaml =
    'webhooks:\n  - { name: chat, url: https://chat.example/hooks/secret, events: [report.created] }\n';
  const [webhook] = lists({ 'webhooks.yaml': yaml })?.webhooks ?? [];
  const words = KINDS.find(({ kind }) => kind === 'webhook')?.words(webhook ?? {});
  expect(words).toEqual(['webhook chat (enabled)', 'report.created, to chat.example']);
});

/** What Mastodon's HashtagNormalizer makes of them: engine/community-conflicts.test.ts asks the stand-in's. */
test.each(HASHTAGS)('the hashtag %s is kept as %s', (given, name) => {
  const yaml = `hashtags:\n  - { name: ${JSON.stringify(name)}, display_name: ${JSON.stringify(given)} }\n`;
  expect(normalHashtag(given)).toBe(name);
  expect(problems({ 'hashtags.yaml': yaml })).toEqual([]);
});

test.each(['2027', '_', 'a b', ''])('%j is no hashtag', (name) => {
  expect(problems({ 'hashtags.yaml': `hashtags:\n  - name: ${JSON.stringify(name)}\n` })).toHaveLength(1);
});

test('the comment of an invite has 420 characters, whatever they are', () => {
  const told = (comment: string) => problems({ 'invites.yaml': `invites:\n  - { name: a, user: alice, comment: ${comment} }\n` }); // prettier-ignore
  expect(told('🐘'.repeat(420))).toEqual([]);
  expect(told('🐘'.repeat(421))).toEqual(['invites.yaml:2: has more than 420 characters']);
});
