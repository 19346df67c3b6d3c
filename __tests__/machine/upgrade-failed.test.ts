/** Upgrades that fail undo themselves, unnoticed by visitors. */
import { expectUnnoticed, Traffic } from '../support/machine/traffic';
import { file, migration, UpgradedServer } from '../support/machine/upgrades';

jest.setTimeout(600_000);

const site = new UpgradedServer();
const { report, root, serving, sql, upTo } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

test('a migration that fails half-way leaves the old release serving, and no request fails', async () => {
  const broken = await site.server.release('4.7.0', [
    migration('migrate', '20260810000000', 'AddFirst', 'add_column :statuses, :first, :string'),
    migration('migrate', '20260811000000', 'AddSecond', `execute 'SELECT no_such_function()'`),
  ]);
  const traffic = await Traffic.begin(site.server, 'half-way');
  const said = await upTo(broken);
  expect(said).toContain('the migrations of 4.7.0 failed');
  expect(said).toContain('no_such_function');
  expect(said).toContain('4.6.5 serves on');
  await expectUnnoticed(site.server, traffic);
  expect(await serving()).toBe('4.6.5+standin');
  // What the first of them did is there, and does no harm; the next attempt continues from it.
  expect(await sql(`SELECT count(*) FROM information_schema.columns WHERE column_name = 'first'`)).toBe('1');
});

test('a release that does not start is rolled back by itself, and no request fails', async () => {
  const broken = await site.server.release('4.7.0', [
    file('config/puma.rb', `abort 'this release is broken'\n`),
  ]);
  const traffic = await Traffic.begin(site.server, 'broken');
  const said = await upTo(broken);
  expect(said).toContain('mastodon-web@1.service does not start');
  expect(said).toContain('The server went back to 4.6.5; nothing that people wrote is lost.');
  await expectUnnoticed(site.server, traffic);
  expect(await serving()).toBe('4.6.5+standin');
  expect((await report()).outcome).toContain('went back to 4.6.5');
  expect(await root('systemctl --failed --no-legend list-units "mastodon-*"')).toBe('');
});
