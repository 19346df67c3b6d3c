/** The rollback of an upgrade whose migrations were carried out. */
import { migration, type Release, UpgradedServer } from '../support/machine/upgrades';

jest.setTimeout(600_000);

const site = new UpgradedServer();
const { post, root, serving, sql, upTo } = site;
/** What the server runs before the upgrade that has no rollback, and at the end. */
let first: Release;

beforeAll(async () => {
  await site.up();
  first = await site.server.release('4.7.0', [
    migration('migrate', '20260813000000', 'TakeNoTime', `execute 'SELECT 1'`),
  ]);
  expect(await upTo(first)).toBe('came to its end');
}, 1_800_000);
afterAll(() => site.remove(), 120_000);

test('back past a migration is refused, also where only the machine can know; what is left is to undo the upgrade', async () => {
  const { mastodon } = await site.server.settings();
  expect(await upTo(mastodon)).toContain("the server runs 4.7.0, whose migrations can't be undone");
  site.server.stack.variables = { UNDONE_UPGRADE: 'yes' };
  await site.server.stack.preview();
  site.server.stack.variables = {};

  const newer = await site.server.release('4.7.1', [
    migration('migrate', '20260901000000', 'AddThird', 'add_column :statuses, :third, :string'),
  ]);
  await post('before the second upgrade');
  expect(await upTo(newer)).toBe('came to its end');
  expect(await serving()).toBe('4.7.1+standin');
  const refused = await upTo(await site.server.release('4.7.0'));
  expect(refused).toContain('the database has migrations that 4.7.0 does not know (');
  expect(refused).toContain('20260901000000');
  expect(await serving()).toBe('4.7.1+standin');

  await post('to be left out');
  await root('mastodon-restore --undo-upgrade --yes');
  expect(await serving()).toBe('4.7.0+standin');
  const posts = await sql('SELECT text FROM statuses');
  expect(posts).toContain('before the second upgrade');
  expect(posts).not.toContain('to be left out');
  expect(await upTo(first)).toBe('came to its end');
  expect(await serving()).toBe('4.7.0+standin');
});
