/**
 * What the files and the web interface both changed since the last run, in every kind: nothing is applied, and each is named with what
 * either side says. Carried out by Mastodon's code (the stand-in's). Needs root.
 */
import { createHash } from 'node:crypto';
import { KINDS } from '../../community-files/kinds';
import type { Item } from '../../community-files/kinds/list-kind';
import type { Community } from '../../community-files/types';
import { exampleCommunity } from '../support/community/example';
import { HASHTAGS } from '../support/hashtags';
import { CommunityStandIn } from '../support/community/stand-in';

jest.setTimeout(600_000);

const CONFLICTS = 3;
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==', 'base64'); // prettier-ignore
const picture = (text = '') => {
  const bytes = Buffer.concat([PNG, Buffer.from(text)]);
  return { base64: bytes.toString('base64'), sha256: createHash('sha256').update(bytes).digest('hex') };
};

const example = exampleCommunity(2);
const APPLIED: Community = {
  ...example,
  settings: { ...example.settings, thumbnail: { fileName: 'a.png', ...picture() } },
  lists: {
    announcements: [{ name: 'welcome', text: 'Welcome', all_day: false, published: true }],
    built_in_roles: [{ name: 'Moderator', permissions: ['manage_reports'], highlighted: true, require_2fa: false }],
    custom_emoji: [{ shortcode: 'cat', image: 'emoji/cat.png', visible_in_picker: true, disabled: false, picture: picture('cat') }],
    follow_suppressions: [{ account: 'alice' }],
    hashtags: [{ name: 'caturday', display_name: 'CaturDay', usable: true, listable: true, trendable: true }],
    invites: [{ name: 'fair', user: 'alice', max_uses: 50, autofollow: false }],
    link_publishers: [{ domain: 'news.example', trendable: true }],
    relays: [{ url: 'https://relay.example/inbox', enabled: true }],
    username_blocks: [{ username: 'mayor', comparison: 'equals', allow_with_approval: false }],
    warning_presets: [{ name: 'spam', title: 'Spam', text: 'No advertising.' }],
    webhooks: [{ name: 'chat', url: 'https://chat.example/secret', events: ['report.created'], enabled: true }],
  },
}; // prettier-ignore

/** The same entry, as each side changes it; `files` is left out where what remains is to take the entry out. */
interface Both {
  readonly name: string;
  readonly file: string;
  readonly files?: object;
  /** In Ruby. */
  readonly web: string;
}

const terms = `terms/${APPLIED.terms?.effectiveDate ?? ''}`;
const BASE: readonly Both[] = [
  { name: 'role/Translator', file: 'team.yaml', files: { position: 6 }, web: `UserRole.find_by!(name: 'Translator').update!(position: 7)` },
  { name: 'member/bob', file: 'team.yaml', files: { role: 'Moderator' }, web: `Account.find_local('bob').user.update!(role: UserRole.find_by!(name: 'Owner'))` },
  { name: 'rule/rule-of-1', file: 'rules.md', files: { text: 'Ours' }, web: `Rule.ordered.first.update!(text: 'Theirs')` },
  { name: terms, file: 'terms-of-service.md', files: { text: 'Ours' }, web: `TermsOfService.first.update_columns(text: 'Theirs')` },
  { name: 'setting/site_title', file: 'server.yaml', files: { site_title: 'Ours' }, web: `Setting.site_title = 'Theirs'` },
  { name: 'upload/thumbnail', file: 'server.yaml', files: { thumbnail: { fileName: 'b.png', ...picture('ours') } }, web: `SiteUpload.find_by!(var: 'thumbnail').update!(file_updated_at: 1.hour.from_now)` },
  { name: 'domainBlock/spam-0.example', file: 'domain-blocks.csv', files: { severity: 'noop' }, web: `DomainBlock.find_by!(domain: 'spam-0.example').update!(severity: 'silence')` },
  { name: 'emailDomainBlock/throwaway.example', file: 'email-domain-blocks.csv', files: { allowWithApproval: true }, web: `EmailDomainBlock.find_by!(domain: 'throwaway.example').destroy!` },
  { name: 'ipBlock/192.0.2.0/24', file: 'ip-blocks.csv', files: { severity: 'no_access' }, web: `IpBlock.first.update!(comment: 'Theirs')` },
]; // prettier-ignore
const LISTS: readonly Both[] = [
  { name: 'announcement/welcome', file: 'announcements.yaml', files: { text: 'Ours' }, web: `Announcement.first.update!(text: 'Theirs')` },
  { name: 'builtInRole/Moderator', file: 'built-in-roles.yaml', files: { require_2fa: true }, web: `UserRole.find_by!(name: 'Moderator').update!(color: '#ff0000')` },
  { name: 'customEmoji/cat', file: 'custom-emoji.yaml', files: { category: 'Ours' }, web: `CustomEmoji.first.update!(disabled: true)` },
  { name: 'hashtag/caturday', file: 'hashtags.yaml', files: { display_name: 'CATURDAY' }, web: `Tag.find_by!(name: 'caturday').update!(usable: false)` },
  { name: 'invite/fair', file: 'invites.yaml', files: { max_uses: 60 }, web: `Invite.first.update!(max_uses: 70)` },
  { name: 'linkPublisher/news.example', file: 'link-publishers.yaml', web: `PreviewCardProvider.first.update!(trendable: false)` },
  { name: 'relay/https://relay.example/inbox', file: 'relays.yaml', web: `Relay.first.disable!` },
  { name: 'usernameBlock/mayor', file: 'username-blocks.yaml', files: { allow_with_approval: true }, web: `UsernameBlock.find_by!(username: 'mayor').update!(comparison: 'contains')` },
  { name: 'warningPreset/spam', file: 'warning-presets.yaml', files: { title: 'Ours' }, web: `AccountWarningPreset.first.update!(title: 'Theirs')` },
  { name: 'webhook/chat', file: 'webhooks.yaml', files: { enabled: false }, web: `Webhook.first.update!(template: '{{object.id}}')` },
]; // prettier-ignore
const ALL = [...BASE, ...LISTS];
/** Nothing is said of these but that they are there, so both sides can only agree, or one of them changed nothing. */
const NAMES_ALONE = ['domainAllow', 'followSuppression'];
const kindOf = ({ name }: Both) => name.split('/')[0] ?? '';

/** The list with its first entry changed, or without it. */
const first = <T>(entries: readonly T[], changes: object | undefined): T[] =>
  changes === undefined
    ? entries.slice(1)
    : entries.map((entry, i) => (i === 0 ? { ...entry, ...changes } : entry));

/** What the files say after the change, or without what was changed. */
function edited(out: boolean): Community {
  const of = (kind: string) => (out ? undefined : ALL.find((both) => kindOf(both) === kind)?.files);
  const { site_title: title, thumbnail, ...settings } = APPLIED.settings;
  const [alice, ...others] = APPLIED.team;
  if (!alice || !APPLIED.terms || title === undefined || thumbnail === undefined) throw new Error('no example');
  const lists = KINDS.map(({ kind, list }): [string, readonly Item[]] => {
    const entries = APPLIED.lists?.[list] ?? [];
    return [list, NAMES_ALONE.includes(kind) ? entries : first(entries, of(kind))];
  });
  return {
    ...APPLIED,
    roles: first(APPLIED.roles, of('role')),
    team: [alice, ...first(others, of('member'))],
    // One that only the files have: it is not made either.
    rules: [...first(APPLIED.rules, of('rule')), { key: 'new', text: 'New', hint: '', priority: 11, translations: [] }],
    terms: { ...APPLIED.terms, ...(ALL.find(({ name }) => name === terms)?.files ?? {}) },
    settings: out ? settings : { ...APPLIED.settings, ...of('setting'), ...of('upload') },
    domainBlocks: first(APPLIED.domainBlocks, of('domainBlock')),
    emailDomainBlocks: out ? APPLIED.emailDomainBlocks : first(APPLIED.emailDomainBlocks, of('emailDomainBlock')),
    ipBlocks: first(APPLIED.ipBlocks, of('ipBlock')),
    lists: Object.fromEntries(lists),
  };
} // prettier-ignore

let server: CommunityStandIn;
const said = () => server.ask<unknown>('read');

beforeAll(async () => {
  server = await CommunityStandIn.start('4.6.5');
  await server.apply(APPLIED);
  await server.ruby(`[${ALL.map(({ web }) => `(${web})`).join(', ')}].size`);
});

afterAll(() => server.stop());

test('every kind is tried in which both sides can say different things', () => {
  const others = ['role', 'member', 'rule', 'terms', 'setting', 'upload', 'domainAllow', 'domainBlock', 'emailDomainBlock', 'ipBlock']; // prettier-ignore
  const kinds = [...others, ...KINDS.map(({ kind }) => kind)];
  expect([...ALL.map(kindOf), ...NAMES_ALONE].sort()).toEqual(kinds.sort());
});

test.each([
  ['changed', false],
  ['took out', true],
])(
  'what the files %s, and the web interface changed: nothing is applied, and each is named',
  async (_, out) => {
    const before = await said();
    const { code, stdout } = await server.attempt(edited(out));
    expect([code, stdout]).toEqual([CONFLICTS, expect.stringMatching(/^Nothing was changed: /)]);
    // An e-mail domain was removed by hand: to take it out of the file, too, is no conflict. Published terms stay.
    const expected = ALL.filter(({ name }) => !out || !name.startsWith('emailDomainBlock'));
    const named = [...stdout.matchAll(/^ {2}(\S+) \(community\/(\S+)\)\n {4}the file says {5}(.*)\n {4}the server has {4}(.*)\n {4}applied last {6}(.*)$/gm)]; // prettier-ignore
    expect(named.map(([, name, file]) => `${name ?? ''} ${file ?? ''}`).sort()).toEqual(
      expected.map(({ name, file }) => `${name} ${file}`).sort(),
    );
    for (const [, , , ...sides] of named) expect(new Set(sides).size).toBe(3);
    expect(stdout).toContain('bin/mastodon community pull');
    expect(stdout).not.toContain('secret');
    expect(await said()).toEqual(before);
  },
);

test('the files win where that is confirmed, in every kind', async () => {
  const wanted = edited(false);
  const { code, stdout } = await server.attempt(
    wanted,
    ALL.map(({ name }) => name),
  );
  // Published terms stay nevertheless.
  expect(stdout).toContain(`Mastodon refused ${terms}`);
  expect(code).toBe(4);
  const after = await server.attempt({ ...wanted, ...(APPLIED.terms && { terms: { ...APPLIED.terms, text: 'Theirs' } }) });
  expect(after).toMatchObject({ code: 0, stdout: expect.stringMatching(/community applied: 1 changes\n$/) as string });
}); // prettier-ignore

test('hashtags are kept as the check says', async () => {
  const escaped = JSON.stringify(HASHTAGS.map(([given]) => given)).replace(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`); // prettier-ignore
  expect(await server.ruby(`${escaped}.map { |tag| HashtagNormalizer.new.normalize(tag) }`)).toEqual(HASHTAGS.map(([, name]) => name)); // prettier-ignore
  expect(await server.ruby(`${escaped}.map { |tag| Tag.find_or_create_by_names([tag]).first.errors.size }.sum`)).toBe(0); // prettier-ignore
});
