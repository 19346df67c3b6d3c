/** An upgrade whose fault shows only once the old release runs again. */
import { migration, UpgradedServer } from '../support/machine/upgrades';

jest.setTimeout(600_000);

const site = new UpgradedServer();
const { post, report, serving, sql, upTo } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

test('a migration that takes away what the old release needs is noticed only once that runs again, and undone', async () => {
  await post('before the second restore point');
  const breaking = await site.server.release('4.7.0', [
    migration('migrate', '20260812000000', 'HideStatuses', 'rename_column :statuses, :visibility, :seen_by'),
  ]);
  expect(await upTo(breaking)).toMatch(
    /4\.6\.5 does not run on the new schema, so the database went back, too, to \d{4}-/,
  );
  expect((await report()).steps.map(({ name }) => name)).toContain('back to 4.6.5');
  expect(await serving()).toBe('4.6.5+standin');
  expect(await sql('SELECT text FROM statuses')).toContain('before the second restore point');
});
