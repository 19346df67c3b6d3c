/** What a community decides in files, on a server: what is there when up ends, and who runs it. */
import type { Visitor } from '../support/visitor';
import { CommunityServer } from '../support/machine/community-server';
import { eventually } from '../support/eventually';
import { expectCommunity } from '../support/machine/expect-community';

jest.setTimeout(600_000);

const PASSWORD = 'chosen by herself';

let carol: Visitor;
const site = new CommunityServer();
const { change, signedIn } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

test('is there when the first up ends: rules, terms, privacy policy, settings and a thousand blocks', async () => {
  await expectCommunity(site.server, site.community);
});

test('shows no change in a preview', async () => {
  await site.server.stack.preview({ expectNoChanges: true });
});

test('left nothing of it in a process list or a log', async () => {
  const seen = await site.server.sudo(`sh -c 'ps axww; journalctl --no-pager; cat /var/log/*.log'`);
  for (const text of ['carol@mastodon.test', 'mastodon.test/decisions/', 'Rule 7: be kind'])
    expect(seen).not.toContain(text);
});

test('invites new staff by mail to set a password of their own', async () => {
  const mailTo = (name: string) =>
    site.listeners.mails.find(({ to }) => to.includes(`${name}@mastodon.test`));
  await eventually('six invitations', () =>
    Promise.resolve(['bob', 'carol', 'dave', 'erin', 'frank', 'grace'].every(mailTo)),
  );
  expect(mailTo('alice')).toBeUndefined();
  expect(mailTo('carol')?.encrypted).toBe(true);
  const [, link = ''] =
    /https:\/\/[^/]+(\/auth\/password\/edit\?\S+)/.exec(mailTo('carol')?.text ?? '') ?? [];
  await (await site.server.visitor()).setPassword(link, PASSWORD);
  carol = await signedIn('carol@mastodon.test', PASSWORD);
  expect(await carol.api('GET', '/api/v1/accounts/verify_credentials')).toMatchObject({
    username: 'carol',
    role: { name: 'Moderator' },
  });
});

test('takes the role and the sessions of who leaves the team, and keeps the account', async () => {
  expect(
    await change({ team: site.community.team.filter(({ username }) => username !== 'carol') }),
  ).toContain('- member/carol');
  expect((await carol.request('GET', '/api/v1/accounts/verify_credentials')).status).toBe(401);
  const again = await signedIn('carol@mastodon.test', PASSWORD);
  expect(await again.api('GET', '/api/v1/accounts/verify_credentials')).toMatchObject({
    username: 'carol',
    role: { id: '-99' },
  });
});
