/** An upgrade that leaves a schema behind with which the old release does not run. */
import { pastCaches } from '../support/machine/past-caches';
import { migration, UpgradedServer } from '../support/machine/upgrades';

jest.setTimeout(600_000);

const site = new UpgradedServer();
const { post, report, serving, sql, upTo } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

test('only a schema that the old release cannot live with brings the database back, to the restore point', async () => {
  await post('before the restore point');
  // 4.6.5 would start on what 4.7.0 leaves, and show every page; but it could sign nothing.
  const breaking = await site.server.release('4.7.0', [
    migration('post_migrate', '20260812000000', 'HideKeys', 'rename_column :keypairs, :private_key, :hidden'),
  ]);
  const said = await upTo(breaking);
  expect(said).toMatch(/4\.6\.5 does not run on the new schema, so the database went back, too, to \d{4}-/);
  expect(await serving()).toBe('4.6.5+standin');
  expect(await sql('SELECT text FROM statuses')).toContain('before the restore point');
  expect(await sql(`SELECT version FROM schema_migrations WHERE version = '20260812000000'`)).toBe('');
  const steps = (await report()).steps.map(({ name }) => name);
  expect(steps).toContain('back up, and prove the backup');
  expect(steps).not.toContain('back to 4.6.5');
  expect(await pastCaches(site.server, '/actor')).toContain('BEGIN PUBLIC KEY');
});
