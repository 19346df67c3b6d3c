/** What an import refuses, on a server that people use. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MovingServer } from '../support/machine/moving-server';

jest.setTimeout(600_000);

const site = new MovingServer();
const { expectAllThere, operation, populate, sudo } = site;
beforeAll(async () => {
  await site.up();
  await populate();
  await operation('export', { FOLDER: join(site.folder, 'export'), MEDIA: 'no' });
}, 1_800_000);
afterAll(() => site.remove(), 120_000);

test('refuses what is no dump, what would take accounts away, and what other keys encrypted; nothing is lost', async () => {
  const attempt = async (DUMP: string, FORCE = '') => (await operation('import', { DUMP, FORCE })).said;
  const dump = join(site.folder, 'export', 'database.dump');
  expect(await attempt(dump)).toContain('1 people besides the owner have accounts here');

  const text = join(site.folder, 'dump.sql');
  writeFileSync(text, 'CREATE TABLE accounts ();');
  expect(await attempt(text)).toContain("is no dump in PostgreSQL's custom format");
  const torn = join(site.folder, 'torn.dump');
  writeFileSync(torn, readFileSync(dump).subarray(0, 2_000));
  expect(await attempt(torn, 'yes')).toMatch(/no dump that can be read|could not be restored/);

  const foreign = join(site.folder, 'foreign.dump');
  const sql = `UPDATE users SET otp_secret = '{"p":"AAAA","h":{"iv":"AAAAAAAAAAAAAAAA","at":"AAAAAAAAAAAAAAAAAAAAAA=="}}'`;
  const copy = 'createdb foreign && pg_dump mastodon_production | psql --quiet foreign';
  await sudo(`runuser --login postgres --command '${copy}'`);
  await site.server.ssh('alice', `sudo runuser -u postgres -- psql --quiet foreign <<'SQL'\n${sql}\nSQL`);
  const bytes = await site.server.ssh(
    'alice',
    `sudo runuser -u postgres -- pg_dump --format=custom foreign | base64`,
  );
  writeFileSync(foreign, Buffer.from(bytes, 'base64'));
  expect(await attempt(foreign, 'yes')).toContain(
    "does not open with this server's ACTIVE_RECORD_ENCRYPTION keys",
  );

  // An index that was not looked at while a row came twice, as another C library's sorting does it.
  const index = (ready: boolean) =>
    `UPDATE pg_index SET indisready = ${String(ready)} WHERE indexrelid = 'index_accounts_on_username_and_domain_lower'::regclass;`;
  const twin = `CREATE TEMP TABLE twin AS SELECT * FROM accounts LIMIT 1; UPDATE twin SET id = id + 1; INSERT INTO accounts SELECT * FROM twin;`;
  await site.server.ssh(
    'alice',
    `sudo runuser -u postgres -- psql --quiet foreign <<'SQL'\n${index(false)}\n${twin}\n${index(true)}\nSQL`,
  );
  const doubled = await site.server.ssh(
    'alice',
    `sudo runuser -u postgres -- pg_dump --format=custom foreign | base64`,
  );
  writeFileSync(foreign, Buffer.from(doubled, 'base64'));
  expect(await attempt(foreign, 'yes')).toContain(
    'tootctl maintenance fix-duplicates; then dump again. Nothing was changed',
  );

  await expectAllThere();
  const databases = await sudo(
    `sh -c 'cd / && runuser -u postgres -- psql -tAc "SELECT datname FROM pg_database"'`,
  );
  expect(databases).not.toMatch(/mastodon_(import|before_import)/);
  expect(
    execFileSync('ls', [
      site.server.diskOf((await site.server.outputs()).instanceId) + '/var/lib/postgresql',
    ]).toString(),
  ).not.toContain('import');
});
