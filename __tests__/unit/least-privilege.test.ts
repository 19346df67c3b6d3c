/** In Mastodon's database nothing is asked as a superuser: what its role made there would run with a superuser's rights. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const checkout = join(__dirname, '../..');

const files = ['cloud-init', 'cli'].flatMap((folder) =>
  readdirSync(join(checkout, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
    .map((entry) => join(entry.parentPath, entry.name)),
);

/** The commands of all scripts, each with what follows it on its continued lines. */
const commands = files.flatMap((file) =>
  readFileSync(file, 'utf8')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => ({ file: relative(checkout, file), line: line.trim() })),
);

test("no program is run as postgres on Mastodon's database", () => {
  const asPostgres = /as_postgres|runuser.*postgres|uid[= ]postgres|sudo -u postgres|query [^_]/;
  const connects = /psql|pg_dump\b|pg_restore|vacuumdb|reindexdb|pg_amcheck|query [^_]/;
  const wrong = commands.filter(
    ({ line }) =>
      !line.startsWith('#') && asPostgres.test(line) && connects.test(line) && /mastodon_production|mastodon_restored/.test(line),
  ); // prettier-ignore
  // Names of databases are text in what the database "postgres" is asked.
  const asked = wrong.filter(
    ({ line }) => !/query ["'][^"']*(datname|pg_database_size|DROP DATABASE)/.test(line),
  );
  expect(asked).toEqual([]);
});

test('psql is run by the functions that choose who asks', () => {
  const own = commands.filter(({ file, line }) => /(^|[\s"/])psql["\s]/.test(line) && !line.startsWith('#') && !file.endsWith('.py') && !/["'].*in-database psql/.test(line)); // prettier-ignore
  expect(own.map(({ file }) => file).sort()).toEqual([
    'cloud-init/handover/usr/local/lib/mastodon/database.sh',
    'cloud-init/handover/usr/local/lib/mastodon/database.sh',
    'cloud-init/steps/2-handover/55-restore.sh',
    'cloud-init/steps/2-handover/55-restore.sh',
  ]);
});
