/** Upgrades that are refused before anything is changed. */
import { UpgradedServer } from '../support/machine/upgrades';

jest.setTimeout(600_000);

const site = new UpgradedServer();
const { root, serving, sql, upTo } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

test('a version too far, and one that lies behind, are refused in a preview, with the way that there is', async () => {
  const { mastodon } = await site.server.settings();
  for (const [version, expected] of [
    ['4.8.0', 'First go to the newest 4.7.x'],
    ['5.1.0', undefined],
    ['6.0.0', 'a version may not be skipped'],
  ] as const) {
    await site.server.stack.setConfig({ mastodon: { ...mastodon, version } });
    const said = await site.server.stack.preview().then(
      () => undefined,
      (reason: unknown) => String(reason),
    );
    if (expected === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(expected);
  }
  await site.server.stack.setConfig({ mastodon });
});

test('an image of another version than the setting says changes nothing', async () => {
  const release = await site.server.release('4.7.0');
  const said = await upTo({ ...release, version: '4.7.1' });
  expect(said).toContain("is of Mastodon '4.7.0+standin', and mastodon.version is 4.7.1");
  expect(await serving()).toBe('4.6.5+standin');
});

test('an upgrade that the disk has no room for is refused before the backup, with what is needed', async () => {
  const release = await site.server.release('4.7.0');
  const left = 900_000_000; // enough for the image and the migrations, too little for the proof
  await root(
    `fallocate --length $(($(df --output=avail --block-size=1 / | tail -n 1) - ${String(left)})) /var/fill`,
  );
  const said = await upTo(release);
  await root('rm /var/fill');
  expect(said).toMatch(/Nothing was changed: .* of the disk are free; expected .* to prove the backup/);
  expect((await site.report()).steps.map(({ name }) => name).at(-1)).toBe('check the disk');
  expect(await serving()).toBe('4.6.5+standin');
});

test('a first set-up that was cut short between tables and seeds is finished by the next run', async () => {
  await sql('DROP SCHEMA operations CASCADE; DELETE FROM users; DELETE FROM user_roles');
  await root('rm /var/lib/mastodon/release && /usr/local/sbin/mastodonctl upgrade');
  expect(await sql('SELECT name FROM user_roles ORDER BY position DESC')).toMatch(/^Owner\nAdmin\nModerator/);
});
