/** Every kind that is a list in a file of its own: read by the program, carried out by Mastodon's code (the stand-in's). Needs root. */
import { type Folder, folderOf } from '../../community-files/folder';
import { KINDS as ALL } from '../../community-files/kinds';
import { pulled } from '../../community-files/pull';
import type { Server } from '../../community-files/types';
import { written } from '../../community-files/write';
import { sound } from '../support/community/files';
import { CommunityStandIn } from '../support/community/stand-in';

jest.setTimeout(600_000);

/** Emoji, which come with pictures, have a test of their own. */
const KINDS = ALL.filter(({ picture }) => !picture);
const CONFLICTS = 3;
const TEAM = ['alice', 'bob'].map(
  (name) => `  - { username: ${name}, email: ${name}@mastodon.test, role: Owner }`,
);
const FIRST: Readonly<Record<string, string>> = {
  'announcements.yaml':
    'announcements:\n  - name: welcome\n    text: Welcome\n  - name: later # not yet\n    text: Later\n    scheduled_at: 2099-01-01\n  - { name: draft, text: Draft, published: false }\n',
  'built-in-roles.yaml':
    'built_in_roles:\n  - { name: Everyone, permissions: [] }\n  - { name: Moderator, permissions: [manage_reports, view_dashboard], require_2fa: true }\n',
  'follow-suppressions.yaml': 'follow_suppressions:\n  - account: alice\n  - account: star@other.example\n',
  'hashtags.yaml':
    'hashtags:\n  - { name: caturday, display_name: CaturDay, trendable: true }\n  - { name: spam, usable: false, listable: false }\n',
  'invites.yaml':
    'invites:\n  - { name: fair, user: alice, max_uses: 50, expires_at: 2099-01-01, comment: At the fair }\n  - { name: open, user: alice }\n',
  'link-publishers.yaml':
    'link_publishers:\n  - { domain: news.example, trendable: true }\n  - { domain: Bücher.example, trendable: false }\n',
  'relays.yaml':
    'relays:\n  - url: https://relay.example/inbox\n  - { url: https://quiet.example/inbox, enabled: false }\n',
  'username-blocks.yaml':
    'username_blocks:\n  - { username: Nazi, comparison: contains }\n  - { username: mayor, allow_with_approval: true }\n',
  'warning-presets.yaml':
    'warning_presets:\n  - { name: spam, title: Spam, text: No advertising. }\n  - { name: tone, text: "Please be kind.\\n\\nTo all." }\n',
  'webhooks.yaml':
    'webhooks:\n  - { name: chat, url: https://chat.example/hooks/secret, events: [report.created] }\n  - { name: log, url: https://log.example/, events: [account.created, account.approved], template: "{{object.id}}", enabled: false }\n',
};
/** What moderators do in the web interface: they change the first of each, and make another. */
const BY_HAND = `[
  Announcement.find_by!(text: 'Welcome!').update!(text: "Welcome\\r\\nto all\\r\\n"), Announcement.create!(text: 'Made by hand'),
  UserRole.find_by!(name: 'Moderator').update!(permissions_as_keys: %w(manage_reports)), UserRole.find_by!(name: 'Admin').update!(color: '#ff0000'),
  FollowRecommendationSuppression.joins(:account).find_by!(accounts: { username: 'alice' }).destroy!, FollowRecommendationSuppression.create!(account: Account.find_local('bob')),
  Tag.find_by!(name: 'caturday').update!(trendable: false), Tag.find_or_create_by_names(['ByHand']).first.update!(trendable: true, reviewed_at: Time.now.utc),
  Tag.find_or_create_by_names(['unseen']),
  Invite.find_by!(comment: 'At the fair').expire!, Invite.create!(user: Account.find_local('bob').user, comment: 'By hand'),
  PreviewCardProvider.find_by!(domain: 'news.example').update!(trendable: true), PreviewCardProvider.create!(domain: 'hand.example', trendable: true, reviewed_at: Time.now.utc),
  PreviewCardProvider.create!(domain: 'unseen.example'),
  Relay.find_by!(inbox_url: 'https://relay.example/inbox').enable!, Relay.create!(inbox_url: 'https://hand.example/inbox'),
  UsernameBlock.find_by!(username: 'Nazi').update!(comparison: 'contains'), UsernameBlock.create!(username: 'hand.made', comparison: 'contains'),
  AccountWarningPreset.find_by!(title: 'Spam!').update!(text: 'Changed by hand.'), AccountWarningPreset.create!(text: 'Made by hand.'),
  Webhook.find_by!(url: 'https://chat.example/hooks/secret').update!(enabled: true), Webhook.create!(url: 'https://hand.example/x', events: ['status.created'])
].size`;

let server: CommunityStandIn;
let files: Record<string, string> = { 'team.yaml': `people:\n${TEAM.join('\n')}\n`, ...FIRST };

const folder = (): Folder => folderOf(files);
const read = () => sound(folder(), { own: ['mastodon.test'] });
const apply = (take?: readonly string[]) => server.apply(read().community, take);

function edit(file: string, from: string, to: string): void {
  const before = files[file] ?? '';
  if (!before.includes(from)) throw new Error(`${file} has no ${from}: ${before}`);
  files = { ...files, [file]: before.replace(from, to) };
}

/** One more at the end of a list. */
function add(file: string, entry: string): void {
  files = { ...files, [file]: `${files[file] ?? ''}  ${entry}\n` };
}

/** As `bin/mastodon community pull` does it. */
async function pull(): Promise<string[]> {
  const present = await server.ask<Omit<Server, 'drift'>>('read');
  const drift = await server.ask<Server['drift']>('drift');
  const { community } = pulled(read().community, { ...present, drift }, [], new Date());
  const texts = written(folder(), read(), community);
  files = { ...files, ...Object.fromEntries(texts) };
  return [...texts.keys()].sort();
}

beforeAll(async () => {
  server = await CommunityStandIn.start('4.6.5');
  await server.ruby(
    `[Account.create!(username: 'star', domain: 'other.example'), AccountWarningPreset.create!(text: "Please be kind.\\r\\n\\r\\nTo all.\\r\\n"),
      UsernameBlock.create!(username: 'mayor', comparison: 'equals', allow_with_approval: true)].size`,
  );
});

afterAll(() => server.stop());

test('makes what the files say, logs what the web interface logs, and adopts what is there already', async () => {
  expect(KINDS.map(({ file }) => file)).toEqual(Object.keys(FIRST));
  const said = await apply();
  for (const line of [
    '+ announcement/welcome Welcome',
    '+ builtInRole/Everyone',
    '+ followSuppression/star@other.example',
    '+ hashtag/caturday',
    '+ invite/fair',
    '+ linkPublisher/xn--bcher-kva.example',
    '+ relay/https://relay.example/inbox',
    '+ usernameBlock/nazi (contains)',
    '= usernameBlock/mayor as it was on the server',
    '= warningPreset/tone as it was on the server',
    '+ webhook/chat',
  ])
    expect(said).toContain(`  ${line}`);
  expect(said).not.toContain('refused');
  expect(
    await server.ruby(`{
      announcements: Announcement.order(:id).map { |one| [one.text, one.published?, one.scheduled_at&.year] },
      everyone: UserRole.everyone.permissions_as_keys, moderator: UserRole.find_by!(name: 'Moderator').require_2fa,
      suppressed: FollowRecommendationSuppression.all.map { |one| one.account.acct }.sort,
      tags: Tag.order(:name).map { |tag| [tag.display_name, tag.usable, tag.listable, tag.trendable, tag.reviewed_at.present?] },
      invites: Invite.order(:id).map { |one| [one.user.account.username, one.max_uses, one.comment, one.code.size] },
      publishers: PreviewCardProvider.order(:domain).pluck(:domain, :trendable),
      relays: Relay.order(:id).pluck(:inbox_url, :state), blocks: UsernameBlock.where(username: %w(Nazi mayor)).count,
      presets: AccountWarningPreset.count, webhooks: Webhook.order(:id).map { |one| [one.url, one.events, one.template, one.enabled, one.secret.size] },
      logged: Admin::ActionLog.where(target_type: %w(Announcement UserRole UsernameBlock Relay Webhook Tag)).group(:target_type, :action).count.map { |key, count| [*key, count].join(' ') }.sort,
      jobs: Sidekiq::Queue.new('default').map(&:klass).tally.slice('PublishScheduledAnnouncementWorker', 'ActivityPub::DeliveryWorker') }`),
  ).toEqual({
    announcements: [
      ['Welcome', true, null],
      ['Later', false, 2099],
      ['Draft', false, null],
    ],
    everyone: [],
    moderator: true,
    suppressed: ['alice', 'star@other.example'],
    tags: [
      ['CaturDay', true, true, true, true],
      ['spam', false, false, false, true],
    ],
    invites: [
      ['alice', 50, 'At the fair', 8],
      ['alice', null, null, 8],
    ],
    publishers: [
      ['news.example', true],
      ['xn--bcher-kva.example', false],
    ],
    relays: [
      ['https://relay.example/inbox', 'pending'],
      ['https://quiet.example/inbox', 'idle'],
    ],
    blocks: 2,
    presets: 2,
    webhooks: [
      ['https://chat.example/hooks/secret', ['report.created'], null, true, 40],
      ['https://log.example/', ['account.approved', 'account.created'], '{{object.id}}', false, 40],
    ],
    logged: ['Announcement create 3', 'Relay create 2', 'UserRole update 2', 'UsernameBlock create 1'],
    jobs: { PublishScheduledAnnouncementWorker: 1, 'ActivityPub::DeliveryWorker': 1 },
  });
});

test('has nothing to do the second time, and keeps a webhook’s address out of the ledger', async () => {
  expect(await apply()).toBe('community applied: 0 changes\n');
  expect(
    await server.databases.query(
      `SELECT count(*) FROM operations.community WHERE value::text LIKE '%secret%'`,
    ),
  ).toBe(0);
});

test('changes what was edited, and takes back what was taken out', async () => {
  edit('announcements.yaml', 'text: Welcome', 'text: Welcome!');
  edit('announcements.yaml', ', published: false', '');
  edit('announcements.yaml', '    scheduled_at: 2099-01-01\n', '    published: false\n');
  edit('built-in-roles.yaml', 'permissions: []', 'permissions: [invite_users]');
  edit('follow-suppressions.yaml', '  - account: star@other.example\n', '');
  edit('hashtags.yaml', '  - { name: spam, usable: false, listable: false }\n', '');
  edit('hashtags.yaml', 'CaturDay', 'Caturday');
  edit('invites.yaml', 'max_uses: 50', 'max_uses: 60');
  edit('invites.yaml', '  - { name: open, user: alice }\n', '');
  edit('link-publishers.yaml', 'trendable: true', 'trendable: false');
  edit('link-publishers.yaml', '  - { domain: Bücher.example, trendable: false }\n', '');
  edit(
    'relays.yaml',
    'url: https://relay.example/inbox',
    '{ url: https://relay.example/inbox, enabled: false }',
  );
  edit('relays.yaml', '  - { url: https://quiet.example/inbox, enabled: false }\n', '');
  edit('username-blocks.yaml', 'comparison: contains', 'comparison: equals');
  edit('username-blocks.yaml', '  - { username: mayor, allow_with_approval: true }\n', '');
  edit('warning-presets.yaml', 'title: Spam', 'title: Spam!');
  edit('warning-presets.yaml', '  - { name: tone, text: "Please be kind.\\n\\nTo all." }\n', '');
  edit('webhooks.yaml', '[report.created]', '[report.created, report.updated], enabled: false');
  edit('webhooks.yaml', /.*log\.example.*\n/.exec(files['webhooks.yaml'] ?? '')?.[0] ?? '', '');
  const codes = await server.ruby(`Invite.order(:id).pluck(:code)`);
  const said = await apply();
  expect(said).not.toContain('refused');
  expect(said).toContain('~ hashtag/caturday (display_name CaturDay → Caturday)');
  expect(
    await server.ruby(`{
      announcements: Announcement.order(:id).map { |one| [one.text, one.published?, one.scheduled_at] },
      everyone: UserRole.everyone.permissions_as_keys,
      suppressed: FollowRecommendationSuppression.count,
      tags: Tag.order(:name).map { |tag| [tag.display_name, tag.attributes['usable'], tag.reviewed_at.present?] },
      invites: Invite.order(:id).map { |one| [one.max_uses, one.expires_at&.past?] }, codes: Invite.order(:id).pluck(:code),
      publishers: PreviewCardProvider.order(:domain).map { |one| [one.trendable, one.reviewed_at.present?] },
      relays: Relay.pluck(:state), blocks: UsernameBlock.where(username: %w(Nazi mayor)).map(&:comparison),
      presets: AccountWarningPreset.pluck(:title), webhooks: Webhook.all.map { |one| [one.events, one.enabled] } }`),
  ).toEqual({
    announcements: [
      ['Welcome!', true, null],
      ['Later', false, null],
      ['Draft', true, null],
    ],
    everyone: ['invite_users'],
    suppressed: 1,
    tags: [
      ['Caturday', true, true],
      ['spam', null, false],
    ],
    invites: [
      [60, false],
      [null, true],
    ],
    codes,
    publishers: [
      [false, true],
      [null, false],
    ],
    relays: ['idle'],
    blocks: ['equals'],
    presets: ['Spam!'],
    webhooks: [[['report.created', 'report.updated'], false]],
  });
  expect(await apply()).toBe('community applied: 0 changes\n');
});

test('leaves what moderators do by hand, and a pull takes it over: then there is nothing to do', async () => {
  await server.ruby(BY_HAND);
  const said = await apply();
  expect(said).toContain('community applied: 0 changes');
  const drift = await server.ask<{ kind: string }[]>('drift');
  expect([...new Set(drift.map(({ kind }) => kind))].sort()).toEqual(KINDS.map(({ kind }) => kind).sort());
  const before = read().community;
  expect(await pull()).toEqual(KINDS.map(({ file }) => file).sort());
  expect(files['announcements.yaml']).toContain('# not yet');
  expect(read().community.lists).not.toEqual(before.lists);
  expect(read().community.lists).toMatchObject({
    announcements: [
      { text: 'Welcome\nto all' },
      { name: 'later' },
      { name: 'draft' },
      { text: 'Made by hand', published: true },
    ],
    follow_suppressions: [{ account: 'bob' }],
    hashtags: [{ trendable: false }, { name: 'byhand', display_name: 'ByHand', trendable: true }],
    invites: [{ name: 'fair' }, { user: 'bob', comment: 'By hand' }],
    link_publishers: [{ domain: 'news.example', trendable: true }, { domain: 'hand.example' }],
    relays: [{ enabled: true }, { url: 'https://hand.example/inbox', enabled: false }],
    warning_presets: [{ text: 'Changed by hand.' }, { text: 'Made by hand.' }],
    webhooks: [{ enabled: true }, { url: 'https://hand.example/x', events: ['status.created'] }],
  });
  expect(await apply()).toMatch(/^( {2}[=.] .*\n)+community applied: \d+ changes\n$/);
  expect(await apply()).toBe('community applied: 0 changes\n');
  expect(await pull()).toEqual([]);
});

test('stops before anything when both sides changed the same', async () => {
  await server.ruby(
    `[Announcement.first.update!(text: 'Theirs'), Tag.find_by!(name: 'caturday').update!(usable: false)].size`,
  );
  edit('announcements.yaml', 'to all', 'to everybody');
  edit('hashtags.yaml', 'display_name: Caturday', 'display_name: CATURDAY');
  const { code, stdout } = await server.attempt(read().community);
  expect([code, stdout]).toEqual([CONFLICTS, expect.stringContaining('Nothing was changed')]);
  expect(stdout).toContain('announcement/welcome (community/announcements.yaml)');
  expect(stdout).toContain('hashtag/caturday (community/hashtags.yaml)');
  await apply(['announcement/welcome', 'hashtag/caturday']);
  expect(await server.ruby(`[Announcement.first.text, Tag.find_by!(name: 'caturday').usable]`)).toEqual([
    'Welcome\nto everybody',
    true,
  ]);
});

test('reports what Mastodon refuses, with the file, and carries out the rest', async () => {
  add('follow-suppressions.yaml', '- account: nobody@nowhere.example');
  add(
    'webhooks.yaml',
    '- { name: broken, url: https://broken.example/, events: [report.created], template: "{{" }',
  );
  const { stdout } = await server.attempt(read().community);
  expect(stdout).toContain(
    'Mastodon refused followSuppression/nobody@nowhere.example (community/follow-suppressions.yaml): the server does not know',
  );
  expect(stdout).toContain('Mastodon refused webhook/broken (community/webhooks.yaml): ');
});

test('a file that is gone leaves what it made to the web interface', async () => {
  const counts = `[Announcement, Tag, Invite, Relay, Webhook, AccountWarningPreset, UsernameBlock, FollowRecommendationSuppression, PreviewCardProvider].map(&:count)`;
  const before = await server.ruby(counts);
  files = { 'team.yaml': files['team.yaml'] ?? '' };
  const said = await apply();
  expect(said).toContain('. announcement/welcome no longer of the files');
  expect(await server.ruby(counts)).toEqual(before);
  expect(await server.ask('drift')).toEqual([]);
  expect(await apply()).toBe('community applied: 0 changes\n');
});
