import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderOf, openFolder } from '../../community-files/folder';
import { gitHistory } from '../../community-files/history';
import { readCommunity } from '../../community-files/read';
import { checkAll } from '../../cli/community/check';
import { stacksIn } from '../../cli/community/stacks';
import { NEWEST_KNOWN, TRIED_MINORS } from '../../settings/mastodon-releases';
import { folder, problems, sound, SURROUNDINGS, TEAM } from '../support/community/files';

const BLOCKS = '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate,#reason_url\n';
const terms = (front: string) => ({ 'terms-of-service.md': `---\n${front}---\n\nBe good.\n` });

test("the repository's own community can be used by each stack that names it", () => {
  process.chdir(join(__dirname, '..', '..'));
  const stacks = stacksIn('.');
  expect(stacks.map(({ name }) => name)).toContain('Pulumi.prod.yaml');
  expect(checkAll(stacks).problems).toEqual([]);
});

test.each([...TRIED_MINORS.map((minor) => `${minor}.0`), NEWEST_KNOWN, '4.99.0'])(
  "the repository's own community can be used with Mastodon %s",
  (version) => {
    const stack = { name: 'x', folder: join(__dirname, '..', '..', 'community'), own: [], version };
    expect(checkAll([stack]).problems).toEqual([]);
  },
);

test("the repository's own community is refused by a server of another domain, each example in it with its line", () => {
  const stack = {
    name: 'x',
    folder: join(__dirname, '..', '..', 'community'),
    own: ['toot.example'],
    version: NEWEST_KNOWN,
  };
  const { problems: refused } = checkAll([stack]);
  for (const file of [
    'team.yaml:5',
    'server.yaml:5',
    'privacy-policy.md:16',
    'terms-of-service.md:8',
    'domain-blocks.csv:2',
  ])
    expect(refused.join('\n')).toContain(
      `${file}: names example.social, an example that came with the program`,
    );
  expect(refused.filter((line) => line.includes('team.yaml'))).toHaveLength(7);
  // Names that only begin or end like it are others'.
  expect(
    problems({ 'about.md': 'myexample.social, example.social.toot.example, example.socialist\n' }),
  ).toEqual([]);
});

test('the summary counts each list that has a file, and names ten of the rows that another one covers', () => {
  const home = mkdtempSync(join(tmpdir(), 'community-'));
  const rows = Array.from({ length: 13 }, (_, i) => `${String(i)}.bad.example,suspend\n`);
  const files = {
    'team.yaml': TEAM,
    'domain-blocks.csv': `#domain,#severity\nbad.example,suspend\n${rows.join('')}`,
    'hashtags.yaml': 'hashtags:\n  - { name: caturday, trendable: true }\n',
    'relays.yaml': 'relays: []\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text);
  const { problems: refused, said } = checkAll([{ name: 'x', folder: home, own: [], version: NEWEST_KNOWN }]);
  rmSync(home, { recursive: true });
  expect(refused).toEqual([]);
  expect(said).toEqual([
    `${home} (x): 2 people, 0 rules, 14 domain blocks, 0 of them from lists, 1 hashtags, 0 relays`,
    ...Array.from({ length: 10 }, (_, i): unknown =>
      expect.stringContaining(`domain-blocks.csv:${String(i + 3)}: ${String(i)}.bad.example is covered by`),
    ),
    `warning: ${home}/domain-blocks.csv: … and 3 more rows that another one covers`,
  ]);
});

test('settings of an unknown minor version are checked as those of the newest known one, with a warning', () => {
  const files = { 'team.yaml': TEAM, 'server.yaml': 'site_title: Toot\n' };
  const read = (version: string) => readCommunity(folderOf(files), { ...SURROUNDINGS, version });
  expect(read('4.99.0')).toMatchObject({
    community: { settings: { site_title: 'Toot' } },
    warnings: [
      'server.yaml:1: checked as for Mastodon 4.6 and 4.7: the settings of 4.99.0 are not known here',
    ],
  });
  expect(read('4.7.6')).toMatchObject({ warnings: [] });
});

test.each<[string, Record<string, string>, string]>([
  // the team
  ['an empty team', { 'team.yaml': 'people: []\n' }, 'team.yaml:1: has 0 of at least 2 people who are Owner or Admin'],
  [
    'one leader',
    { 'team.yaml': TEAM.replace('Admin', 'Moderator') },
    'team.yaml:1: has 1 of at least 2 people who are Owner or Admin',
  ],
  ['a username twice', { 'team.yaml': TEAM.replace('username: bob', 'username: Alice') }, 'team.yaml:5: alice is already in team.yaml, line 2'],
  ['an address twice', { 'team.yaml': TEAM.replace('bob@', 'Alice@') }, 'team.yaml:5: alice@toot.example is already in team.yaml, line 2'],
  ['an unknown role', { 'team.yaml': `${TEAM}  - {username: c, email: c@d.example, role: Moderater}\n` }, 'team.yaml:8: the role Moderater of c is unknown; did you mean Moderator?'],
  ['a misspelt field', { 'team.yaml': TEAM.replace('role: Admin', 'rolle: Admin') }, 'team.yaml:7: rolle is not known here; did you mean role?'],
  ['no address', { 'team.yaml': TEAM.replace('    email: bob@toot.example\n', '') }, 'team.yaml:5: email: expected an e-mail address'],
  ['a wrong username', { 'team.yaml': TEAM.replace('username: bob', 'username: b.ob') }, 'team.yaml:5: username: "b.ob": expected a Mastodon username'],
  ['an unknown language', { 'team.yaml': `${TEAM}    languages: [en, xq]\n` }, 'team.yaml:8: "xq" is no language'],
  ['an unknown permission', { 'team.yaml': `${TEAM}roles:\n  - name: Helper\n    position: 5\n    permissions:\n      - manage_report\n` }, 'team.yaml:12: manage_report is no permission; did you mean manage_reports?'],
  ["a role of Mastodon's own name", { 'team.yaml': `${TEAM}roles:\n  - {name: Admin, position: 5, permissions: []}\n` }, "team.yaml:9: Admin is Mastodon's own"],
  ['broken YAML', { 'team.yaml': `${TEAM}  - [\n` }, 'team.yaml:9: '],
  // rules
  ['a rule without a name', { 'rules.md': '# Rules\n\n## Be kind to all\n' }, 'rules.md:3: the rule has no name; end the line with {#be-kind-to-all}'],
  ['a rule that is too long', { 'rules.md': `## ${'x'.repeat(301)} {#x}\n` }, 'rules.md:1: the rule has 301 characters of at most 300; put the rest into the hint'],
  ['a name twice', { 'rules.md': '## A {#a}\n\n## B {#a}\n' }, 'rules.md:3: {#a} is already in rules.md, line 1'],
  ['a translation without a language', { 'rules.md': '## A {#a}\n\nHint\n\n### Seid nett\n' }, 'rules.md:5: "Seid" is no language'],
  ['a language twice', { 'rules.md': '## A {#a}\n\n### de: B\n\n### de: C\n' }, 'rules.md:5: de is already in rules.md, line 3'],
  ['a translation that is too long', { 'rules.md': `## A {#a}\n\n### de: ${'x'.repeat(301)}\n` }, 'rules.md:3: the translation has 301 characters'],
  // documents
  ['terms without a date', { 'terms-of-service.md': 'Be good.\n' }, 'terms-of-service.md:1: has no date'],
  ['terms on no day', terms('effective_date: 2027-02-31\nchangelog: x\n'), 'terms-of-service.md:2: effective_date: expected a day'],
  ['terms without a changelog', terms('effective_date: 2027-01-01\n'), 'terms-of-service.md:2: changelog: expected what changed'],
  ['terms with something else', terms('effective_date: 2027-01-01\nchangelog: x\nauthor: me\n'), 'terms-of-service.md:4: author is not known here'],
  // domain blocks
  ['a wrong header', { 'domain-blocks.csv': '#domain,#severty\na.example,suspend\n' }, 'domain-blocks.csv:1: severty is no column; did you mean severity?'],
  ['no severity column', { 'domain-blocks.csv': '#domain\na.example\n' }, 'domain-blocks.csv:1: the column severity is missing'],
  ['an unknown severity', { 'domain-blocks.csv': `${BLOCKS}a.example,limit\n` }, 'domain-blocks.csv:2: severity "limit" is unknown; write silence'],
  ['neither true nor false', { 'domain-blocks.csv': `${BLOCKS}a.example,silence,yes\n` }, 'domain-blocks.csv:2: reject_media "yes" is neither true nor false'],
  ['too many values', { 'domain-blocks.csv': `${BLOCKS}a.example,silence,,,Spam, and more,,\n` }, 'domain-blocks.csv:2: has 8 values for 7 columns'],
  ['a quote that is not closed', { 'domain-blocks.csv': `${BLOCKS}a.example,silence,,,"Spam,,\nb.example,silence\n` }, 'a quote that is opened here or before is not closed'],
  ['a quote that swallows a line', { 'domain-blocks.csv': `${BLOCKS}a.example,silence,,,"Spam,,\nb.example,silence,,,Spam",,\n` }, 'domain-blocks.csv:2: public_comment goes over several lines'],
  ['a reason that is no link', { 'domain-blocks.csv': `${BLOCKS}a.example,silence,,,,,because\n` }, 'domain-blocks.csv:2: reason_url because: expected an https:// address'],
  ['a wildcard', { 'domain-blocks.csv': `${BLOCKS}*.spam.example,suspend\n` }, 'domain-blocks.csv:2: *.spam.example: write spam.example'],
  ['a pattern', { 'domain-blocks.csv': `${BLOCKS}^spam\\d+$,suspend\n` }, 'is a pattern; Mastodon knows whole domains'],
  ['an address', { 'domain-blocks.csv': `${BLOCKS}https://spam.example/,suspend\n` }, 'expected a bare domain such as'],
  ['a name that is read in two ways', { 'domain-blocks.csv': `${BLOCKS}faß.example,suspend\n` }, 'write it in Punycode'],
  ['a domain twice', { 'domain-blocks.csv': `${BLOCKS}a.example,suspend\nA.example,silence\n` }, 'domain-blocks.csv:3: a.example is already in domain-blocks.csv, line 2'],
  ['a domain twice, once in Punycode', { 'domain-blocks.csv': `${BLOCKS}ä.example,suspend\nxn--4ca.example,silence\n` }, 'domain-blocks.csv:3: xn--4ca.example is already in domain-blocks.csv, line 2'],
  ['the own domain', { 'domain-blocks.csv': `${BLOCKS}social.toot.example,suspend\n` }, 'domain-blocks.csv:2: social.toot.example is this server itself'],
  ['the top-level domain above the own one', { 'domain-blocks.csv': `${BLOCKS}example,suspend\n` }, 'domain-blocks.csv:2: example takes all below it along, and toot.example is this server itself'],
  ['a domain above the own one', { 'domain-blocks.csv': `${BLOCKS}toot.example,silence\n` }, 'domain-blocks.csv:2: toot.example is this server itself'],
  // addresses
  ['no address', { 'ip-blocks.csv': '#ip,#severity\nspam,no_access\n' }, 'ip-blocks.csv:2: ip "spam": expected an address or a range'],
  ['the whole internet', { 'ip-blocks.csv': '#ip,#severity\n0.0.0.0/0,no_access\n' }, 'ip-blocks.csv:2: ip "0.0.0.0/0": is the whole internet'],
  ['an address inside its range', { 'ip-blocks.csv': '#ip,#severity\n192.0.2.7/24,no_access\n' }, 'ip-blocks.csv:2: ip "192.0.2.7/24": expected 192.0.2.0/24'],
  ['an address twice', { 'ip-blocks.csv': '#ip,#severity\n192.0.2.7,no_access\n192.0.2.7/32,sign_up_block\n' }, 'ip-blocks.csv:3: 192.0.2.7/32 is already in ip-blocks.csv, line 2'],
  ['an unknown IP severity', { 'ip-blocks.csv': '#ip,#severity\n192.0.2.7,no_acces\n' }, 'did you mean no_access?'],
  ['a wrong moment', { 'ip-blocks.csv': '#ip,#severity,#comment,#expires_at\n192.0.2.7,no_access,,soon\n' }, 'ip-blocks.csv:2: expires_at "soon": expected a day or moment'],
  // the server
  ['a setting that the version lacks', { 'server.yaml': 'site_title: Toot\nsite_titel: Toot\n' }, 'server.yaml:2: site_titel is not known here; did you mean site_title?'],
  ['a value that is none of the known', { 'server.yaml': 'registrations_mode: closed\n' }, 'server.yaml:1: registrations_mode: expected one of open, approved, none'],
  ['a value that another setting takes', { 'server.yaml': 'local_topic_feed_access: disabled\n' }, 'server.yaml:1: local_topic_feed_access: expected one of public, authenticated'],
  ['a text for a yes or no', { 'server.yaml': "trends: 'yes'\n" }, 'server.yaml:1: trends: expected true or false'],
  ['half a contact', { 'server.yaml': '\nsite_contact_username: alice\n' }, 'server.yaml:2: site_contact_username and site_contact_email: expected both or none'],
  ['a document among the settings', { 'server.yaml': 'trends: true\nsite_terms: Ours\n' }, 'server.yaml:2: site_terms is the privacy policy: write it into privacy-policy.md'],
  ['an image that is not there', { 'server.yaml': 'thumbnail: thumb.png\n' }, 'server.yaml:1: thumbnail: there is no thumb.png in community'],
  ['an invalid image', { 'server.yaml': 'thumbnail: thumb.png\n', 'thumb.png': 'text' }, 'server.yaml:1: thumbnail: thumb.png is no image of the kinds png, jpeg, gif, webp'],
  // lists
  ['a list from nowhere', { 'follow.yaml': 'lists:\n  - name: a\n' }, 'follow.yaml:2: '],
  ['a list without TLS', { 'follow.yaml': 'lists:\n  - name: a\n    url: http://a.example/\n' }, 'follow.yaml:3: url: expected an https:// address'],
  ['a list file that is not there', { 'follow.yaml': 'lists:\n  - name: a\n    file: lists/a.csv\n' }, 'follow.yaml:3: there is no lists/a.csv'],
  ['a block of a list that is not followed', { 'followed-blocks.csv': '#domain,#severity,#list\na.example,suspend,gone\n' }, 'followed-blocks.csv:2: the list gone is not followed'],
  // what would lose something without a word
  ['rules as a list', { 'rules.md': '# Rules\n\n1. Be kind\n2. No ads\n' }, 'rules.md:1: has a text, but no rule; begin each rule with a line such as ## Be kind {#be-kind}'],
  ['rules in small headings', { 'rules.md': '### Be kind\n' }, 'rules.md:1: has a text, but no rule'],
  ['rules in underlined headings', { 'rules.md': 'Be kind\n-------\n' }, 'rules.md:1: has a text, but no rule'],
  ['a heading without a blank', { 'rules.md': '## A {#a}\n\n##Be kind {#kind}\n' }, 'rules.md:3: has no blank and text behind #; write ## Be kind {#be-kind} for a rule, and \\ in front of what is only a text'],
  ['a heading behind a blank', { 'rules.md': '## A {#a}\n\n ## Be kind {#kind}\n' }, 'rules.md:3: begins with a blank'],
  ['a policy with half a front matter', { 'privacy-policy.md': '---\neffective_date: 2027-01-01\n\nOurs.\n' }, 'privacy-policy.md:1: begins with ---, and no second ---'],
  ['a policy with something else in front', { 'privacy-policy.md': '\ufeff\n--- \nauthor: me\n--- \nOurs.\n' }, 'privacy-policy.md:3: author is not known here'],
  ['an address with zeros in front', { 'ip-blocks.csv': '#ip,#severity\n010.0.0.0/8,no_access\n' }, 'ip-blocks.csv:2: ip "010.0.0.0/8": expected an address or a range such as 192.0.2.0/24, in decimals without zeros in front'],
  ['a short address', { 'ip-blocks.csv': '#ip,#severity\n127.1,no_access\n' }, 'ip-blocks.csv:2: ip "127.1": expected'],
  ['an address in hexadecimals', { 'ip-blocks.csv': '#ip,#severity\n0x7f000001,no_access\n' }, 'ip-blocks.csv:2: ip "0x7f000001": expected'],
  ['an address as one number', { 'ip-blocks.csv': '#ip,#severity\n3232235776,no_access\n' }, 'ip-blocks.csv:2: ip "3232235776": expected'],
  ['a column twice', { 'domain-blocks.csv': 'domain,severity,#domain\na.example,suspend,b.example\n' }, 'domain-blocks.csv:1: the column domain is there twice'],
  ['semicolons', { 'domain-blocks.csv': 'domain;severity\na.example;suspend\n' }, 'domain-blocks.csv:1: names no column; expected this as the first line: #domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate,#reason_url, with commas between them'],
  ['a private comment', { 'domain-blocks.csv': 'domain,severity,private_comment\na.example,suspend,x\n' }, 'domain-blocks.csv:1: private_comment is no column; what is in these files is public'],
  ['an obfuscated domain', { 'domain-blocks.csv': `${BLOCKS}kar*.**ru,suspend\n` }, 'domain-blocks.csv:2: kar*.**ru: is a pattern'],
  ['a reason with a blank', { 'domain-blocks.csv': `${BLOCKS}a.example,silence,,,,,https://a.example/x y\n` }, 'domain-blocks.csv:2: reason_url https://a.example/x y: expected an https:// address, without blanks'],
  ['a followed block that is never to be taken', { 'follow.yaml': 'lists:\n  - name: council\n    url: https://lists.example/a.csv\nnever:\n  - friend.example\n', 'followed-blocks.csv': '#domain,#severity,#list\nx.friend.example,suspend,council\n' }, 'followed-blocks.csv:2: x.friend.example is not to be blocked, by follow.yaml, line 5'],
  // the folder
  ['a file with a wrong name', { 'domain-block.csv': '' }, 'domain-block.csv:1: is not a file that is known here; did you mean domain-blocks.csv?'],
])('refuses %s, with file and line', (_, files, expected) => {
  expect(problems(files).join('\n')).toContain(expected);
}); // prettier-ignore

const FOLLOWED = '#domain,#severity,#list\n';
const FOLLOW = (more = '') => `lists:\n  - name: council\n    url: https://lists.example/a.csv\n${more}`;

// All of these Mastodon takes, and moderators may have done them in its web interface.
test.each<[string, Record<string, string>, string]>([
  ['a numbered rule', { 'rules.md': '## 1. Be kind {#kind}\n' }, 'rules.md:1: the rule has a number; leave it out: Mastodon numbers rules in their order'],
  ['a language that has no name', { 'rules.md': '## A {#a}\n\n### xq: B\n' }, 'rules.md:3: "xq" is no language; expected a code such as de or pt-BR'],
  ['what underlines no heading', { 'rules.md': '## A {#a}\n\nBe kind\n-------\n' }, 'rules.md:4: underlines no heading here; a rule begins with a line such as ## Be kind {#be-kind}'],
  ['a long comment', { 'domain-blocks.csv': `${BLOCKS}a.example,silence,,,${'x'.repeat(501)},,\n` }, 'domain-blocks.csv:2: public_comment has 501 characters, and is shown in one place; a link has room for more'],
  ['a comment of two lines', { 'domain-blocks.csv': `${BLOCKS}a.example,silence,,,"Spam\r\nand hate",,\n` }, 'domain-blocks.csv:2: public_comment goes over 2 lines'],
  ['a top-level domain', { 'domain-blocks.csv': `${BLOCKS}cf,suspend\n` }, 'domain-blocks.csv:2: cf: is a whole top-level domain, with every server in it'],
  ['an IPv4 address as a domain', { 'domain-blocks.csv': `${BLOCKS}192.0.2.7,suspend\n` }, 'domain-blocks.csv:2: 192.0.2.7: is an address; it stops no server that has a name'],
  ['an IPv6 address as a domain', { 'domain-blocks.csv': `${BLOCKS}2001:db8::1,suspend\n` }, 'domain-blocks.csv:2: 2001:db8::1: is an address; it stops no server that has a name'],
  ['what a parent covers', { 'domain-blocks.csv': `${BLOCKS}a.spam.example,silence\nspam.example,suspend\n` }, 'domain-blocks.csv:2: a.spam.example is covered by spam.example (suspend) in domain-blocks.csv, line 3, and changes nothing'],
  ['a milder decision below a followed block', { 'domain-blocks.csv': `${BLOCKS}nice.big.example,silence\n`, 'follow.yaml': FOLLOW(), 'followed-blocks.csv': `${FOLLOWED}big.example,suspend,council\n` }, 'domain-blocks.csv:2: nice.big.example is covered by big.example (suspend) in followed-blocks.csv, line 2, so it changes nothing; to decide otherwise, put nice.big.example into never of follow.yaml and run bin/mastodon community follow'],
  ['what is both blocked and allowed', { 'domain-blocks.csv': `${BLOCKS}a.example,suspend\n`, 'domain-allows.csv': '#domain\na.example\n' }, 'domain-allows.csv:2: a.example is blocked in domain-blocks.csv, line 2; take one of the two out'],
  ['what is allowed, and blocked by a list', { 'domain-allows.csv': '#domain\na.example\n', 'follow.yaml': FOLLOW(), 'followed-blocks.csv': `${FOLLOWED}a.example,suspend,council\n` }, 'domain-allows.csv:2: a.example is blocked in followed-blocks.csv, line 2; to allow it, put a.example into never of follow.yaml and run bin/mastodon community follow'],
  ['an address of the team', { 'email-domain-blocks.csv': '#domain\ntoot.example\n' }, 'team.yaml:2: the address of alice is refused by email-domain-blocks.csv, line 2'],
  ['the whole internet, which may have to ask', { 'ip-blocks.csv': '#ip,#severity\n0.0.0.0/0,sign_up_requires_approval\n' }, 'ip-blocks.csv:2: ip "0.0.0.0/0": is the whole internet'],
  ['a long description', { 'server.yaml': `site_short_description: ${'x'.repeat(201)}\n` }, 'server.yaml:1: site_short_description: has more than 200 characters, which Mastodon takes no more'],
  ['no title', { 'server.yaml': "site_title: ''\n" }, 'server.yaml:1: site_title: expected a title'],
  ['media that are kept for no day', { 'server.yaml': 'media_cache_retention_period: 0\n' }, 'server.yaml:1: media_cache_retention_period: expected at least 1 day'],
  ['a role that stands higher than the Owner', { 'team.yaml': `${TEAM}roles:\n  - {name: Chief, position: 1000, permissions: []}\n` }, 'team.yaml:9: Chief has the position 1000, as high as the Owner or higher'],
])('warns of %s, with file and line, and takes it', (_, files, expected) => {
  expect(sound(folder(files)).warnings).toContain(expected);
}); // prettier-ignore

test.each<[string, Record<string, string>]>([
  ['a name with _', { 'domain-blocks.csv': `${BLOCKS}bad_host.example,suspend\n` }],
  ['what is never taken from a list', { 'domain-blocks.csv': `${BLOCKS}x.friend.example,suspend\n`, 'follow.yaml': 'never:\n  - friend.example\n' }],
  ['what holds one that is never taken from a list', { 'domain-blocks.csv': `${BLOCKS}big.example,suspend\n`, 'follow.yaml': 'never:\n  - friend.big.example\n' }],
  ['two rules of one text', { 'rules.md': '## Be kind {#kind}\n\n## Be kind {#rule-7}\n' }],
  ['settings that are emptied', { 'server.yaml': "status_page_url: ''\nmin_age:\nbackups_retention_period: ''\nsite_short_description: ''\n" }],
  ['a contact as Mastodon takes it', { 'server.yaml': "site_contact_username: '@alice'\nsite_contact_email: o'neil@toot.example\n" }],
  ['a color in the other ways', { 'team.yaml': `${TEAM}roles:\n  - {name: A, position: 5, permissions: [], color: fff}\n  - {name: B, position: 5, permissions: [], color: ''}\n` }],
  ['what desktops and editors leave', { '.DS_Store': '', '.gitkeep': '', 'Thumbs.db': '', 'domain-blocks.csv~': 'x', 'rules.md.bak': 'x', '#rules.md#': 'x', LICENSE: 'x', 'README.txt': 'x' }],
])('takes %s', (_, files) => {
  expect(problems(files)).toEqual([]);
}); // prettier-ignore

test('needs a team', () => {
  expect(readCommunity(folderOf({}), SURROUNDINGS)).toEqual({
    problems: ['team.yaml:1: is missing: without it no account would run the server'],
  });
});

test('reports all problems at once, by file and line', () => {
  const found = problems({
    'domain-blocks.csv': `${BLOCKS}a b,suspend\nb.example,none\n`,
    'rules.md': '## A\n',
  });
  expect(found.map((line) => line.split(': ')[0])).toEqual([
    'domain-blocks.csv:2',
    'domain-blocks.csv:3',
    'rules.md:1',
  ]);
});

test('reads names as Mastodon keeps them, in whichever case they are written', () => {
  const { community } = sound(
    folder({
      'domain-blocks.csv': `\ufeff${BLOCKS}"Bücher.EXAMPLE",Suspend,TRUE,0,"Spam, ""mostly""",,\r\n`,
      'ip-blocks.csv': '#ip,#severity\n2001:db8::1,no_access\n',
    }),
  );
  expect(community.domainBlocks).toEqual([
    {
      domain: 'xn--bcher-kva.example',
      severity: 'suspend',
      rejectMedia: true,
      rejectReports: false,
      publicComment: 'Spam, "mostly"',
      obfuscate: false,
      reasonUrl: '',
    },
  ]);
  expect(community.ipBlocks[0]?.ip).toBe('2001:db8::1/128');
});

test('takes a stricter block below a milder one, as Mastodon does', () => {
  expect(
    problems({ 'domain-blocks.csv': `${BLOCKS}spam.example,silence\na.spam.example,suspend\n` }),
  ).toEqual([]);
});

test('leaves an expired address out, with a warning', () => {
  const { community, warnings } = sound(
    folder({
      'ip-blocks.csv': '#ip,#severity,#comment,#expires_at\n192.0.2.7,no_access,,2026-11-24T00:00:00Z\n',
    }),
  );
  expect(community.ipBlocks).toEqual([]);
  expect(warnings).toEqual(['ip-blocks.csv:2: has expired and does nothing any more; take the line out']);
});

test('reads rules with hints and translations, in their order', () => {
  const { community } = sound(
    folder({
      'rules.md':
        '# Rules\n\nFor us.\n\n## Be kind {#kind}\n\nTo all,\nalways.\n\nReally.\n\n### de: Seid nett\n\nZu allen.\n\n## No ads {#ads}\n',
    }),
  );
  expect(community.rules).toEqual([
    {
      key: 'kind',
      text: 'Be kind',
      hint: 'To all, always.\n\nReally.',
      priority: 1,
      translations: [{ language: 'de', text: 'Seid nett', hint: 'Zu allen.' }],
    },
    { key: 'ads', text: 'No ads', hint: '', priority: 2, translations: [] },
  ]);
});

describe('terms whose day has passed', () => {
  const past = terms('effective_date: 2026-11-01\nchangelog: x\n');
  const now = past['terms-of-service.md'];
  const refused = (...versions: [since: string, text: string][]) =>
    problems(past, { history: () => versions.map(([since, text]) => ({ since, text })) });

  test('stay: they are in force', () => {
    expect(refused(['2026-10-01', now], ['2026-09-01', 'Others.'])).toEqual([]);
  });

  test('are refused when they were changed after it', () => {
    expect(refused(['2026-11-20', now], ['2026-09-01', 'Others.'])).toEqual([
      expect.stringMatching(
        /^terms-of-service.md:2: 2026-11-01 is past, but the text was changed on 2026-11-20/,
      ),
    ]);
  });

  test('may be the first ones: those of a running server', () => {
    expect(refused(['2026-11-20', now])).toEqual([]);
  });

  test.each([
    ['a blank line', now.replace('Be good.', '\nBe good.\n')],
    ['line ends', now.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${now}`],
    ['another changelog', now.replace('changelog: x', 'changelog: y')],
  ])('stay when only %s differs, whenever that was', (_, before) => {
    expect(refused(['2026-11-25', now], ['2026-10-01', before], ['2026-09-01', 'Others.'])).toEqual([]);
  });

  test('are known by their commits, by their authors’ days, and by what is not committed', () => {
    const repository = mkdtempSync(join(tmpdir(), 'history-'));
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], {
        cwd: repository,
        env: {
          ...process.env,
          GIT_AUTHOR_DATE: '2026-10-01T12:00:00Z',
          // A rebase of later.
          GIT_COMMITTER_DATE: '2026-11-20T12:00:00Z',
        },
      });
    const history = gitHistory(repository, new Date('2026-11-25T12:00:00Z'));
    const write = (text: string) => {
      writeFileSync(join(repository, 'a.md'), text);
    };
    expect([...history('a.md')]).toEqual([]);
    git('init', '--quiet');
    write('one');
    git('add', 'a.md');
    git('commit', '--quiet', '-m', 'one');
    expect([...history('a.md')]).toEqual([{ since: '2026-10-01', text: 'one' }]);
    write('two');
    expect([...history('a.md')]).toEqual([
      { since: '2026-11-25', text: 'two' },
      { since: '2026-10-01', text: 'one' },
    ]);
    rmSync(repository, { recursive: true });
  });
});

test.each(['./community', 'docs/../community', './/community'])('reads a folder that is named %s', (name) => {
  process.chdir(join(__dirname, '..', '..'));
  expect(openFolder(name)?.files).toContain('team.yaml');
  expect(openFolder(name)?.text('team.yaml')).toContain('people:');
});

test('knows the server’s own name as it is written, in Unicode and capitals', () => {
  const settings = mkdtempSync(join(tmpdir(), 'settings-'));
  writeFileSync(join(settings, 'Pulumi.a.yaml'), 'config:\n  x:community: c\n  x:domain: Bücher.Example\n');
  expect(stacksIn(settings)[0]?.own).toEqual(['xn--bcher-kva.example']);
  rmSync(settings, { recursive: true });
});
