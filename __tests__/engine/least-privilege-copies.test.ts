/** Dumps of any origin, and copies of a database with an intruder's code: nothing in them runs with more rights than Mastodon's. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { MastodonsDatabase } from '../support/stand-in/mastodons-database';
import { came, caught, trap } from '../support/stand-in/traps';

jest.setTimeout(180_000);

const LOGIN = 'mastodon_1 as mastodon';
let database: MastodonsDatabase;
beforeAll(async () => {
  database = await MastodonsDatabase.start();
  database.attacker(`
    CREATE TABLE public.schema_migrations (version text);
    INSERT INTO public.schema_migrations VALUES ('20260101000000');
    CREATE TABLE public.users (id bigint PRIMARY KEY, email text, updated_at timestamp DEFAULT now() - interval '1 hour');
    INSERT INTO public.users VALUES (1, 'alice@example.org'), (2, 'bob@example.org');
    ${trap(database)}`);
});
afterAll(() => database.remove());

describe("a dump is restored as Mastodon's login", () => {
  const restore = (name: string) =>
    database.python(`
from mastodonctl import dump_file
dump_file.make_database(cluster, "mastodon_import")
print(dump_file.restore(cluster, folder / "dumps" / "${name}", "mastodon_import", folder / "dumps" / "log", service_file))
print((folder / "dumps" / "log").read_text())`);
  beforeAll(() => {
    database.superuser('CREATE DATABASE foreign_server OWNER mastodon TEMPLATE template0', 'postgres');
    database.python('(folder / "dumps").mkdir(mode=0o711)');
    database.attacker(
      `${trap(database)}
      CREATE TABLE public.users (id bigint, CHECK (public.trap()));
      CREATE INDEX ON public.users (public.trap_immutable(id));
      CREATE VIEW public.looks AS SELECT 1 AS one WHERE public.trap();
      CREATE MATERIALIZED VIEW public.kept AS SELECT 1 AS one WHERE public.trap();
      INSERT INTO public.users VALUES (1), (2);
      TRUNCATE public.seen`,
      'foreign_server',
    );
  });
  // Its event trigger is a superuser's own, and so may do what a superuser does.
  afterAll(() => database.superuser('DROP DATABASE foreign_server', 'postgres'));
  beforeEach(() => {
    expect(existsSync(caught(database))).toBe(false);
  });

  test('its checks, indexes and views run as Mastodon, and its rows are there', () => {
    database.dump('foreign_server', database.in('dumps', 'rows'));
    expect(restore('rows')).toBe('True');
    expect(database.attacker('SELECT count(*) FROM users', 'mastodon_import')).toBe('2');
    expect(database.attacker(`SELECT DISTINCT by FROM seen`, 'mastodon_import')).toBe('mastodon_1');
    expect(existsSync(caught(database))).toBe(false);
    expect(database.superuser(`SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'`, 'mastodon_import')).toBe('mastodon'); // prettier-ignore
  });

  test('extensions are left out, and an event trigger ends the restore', () => {
    database.superuser('CREATE EXTENSION pg_trgm', 'foreign_server');
    database.dump('foreign_server', database.in('dumps', 'extension'));
    expect(restore('extension')).toBe('True');
    database.superuser(
      `CREATE FUNCTION public.on_command() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.trap(); END';
       CREATE EVENT TRIGGER trap ON ddl_command_end EXECUTE FUNCTION public.on_command()`,
      'foreign_server',
    );
    database.dump('foreign_server', database.in('dumps', 'event'));
    expect(restore('event')).toMatch(/^False\n[^]*permission denied to create event trigger/);
    expect(existsSync(caught(database))).toBe(false);
  });

  test('what reads it has neither rights nor the password in a file', () => {
    expect(statSync(database.in('dumps', 'rows'))).toMatchObject({ uid: 0, mode: 0o100640 });
    expect(readdirSync(database.in('dumps')).sort()).toEqual([
      'contents',
      'event',
      'extension',
      'log',
      'rows',
    ]);
  });
});

describe('the copy of a proof', () => {
  /** The product's copy, of the files of the live database as they are. */
  const inCopy = (code: string, before = '') => {
    database.copyTo(database.in('postgres', 'base'));
    return database.python(`
import shutil
from mastodonctl.copied_cluster import CopiedCluster, Unsound
from mastodonctl import verify_backup
copy = CopiedCluster.beside(cluster, folder / "proof", 5433)
copy.remove()
copy.prepare()
copy.data.rmdir()
(folder / "postgres" / "base").rename(copy.data)
${before}
copy.configure()
living = postgres.mastodon(cluster, service_file=service_file)
rows = {}
try:
    with copy.running():
${code.replace(/^/gm, '        ')}
finally:
    kept = sorted((one.name, one.owner()) for one in copy.folder.iterdir())
    copy.remove()
print(kept, copy.folder.exists())`);
  };

  test('is looked at without rights, whatever is in it, and leaves nothing', () => {
    database.attacker(`
      CREATE INDEX trapped ON public.users (public.trap_immutable(id));
      CREATE VIEW public.accounts AS SELECT id, updated_at FROM public.users WHERE public.trap();
      ALTER TABLE public.schema_migrations RENAME TO moved;
      CREATE VIEW public.schema_migrations AS SELECT version FROM public.moved WHERE public.trap();
      CREATE SCHEMA amcheck;
      ALTER DATABASE mastodon_production SET role = mastodon;
      CREATE FUNCTION public.to_regclass(text) RETURNS regclass LANGUAGE sql AS 'SELECT NULL::regclass WHERE public.trap()';
      ALTER DATABASE mastodon_production SET search_path = public, pg_catalog;
      TRUNCATE public.seen`);
    const said = inCopy(`
verify_backup.compare(living, copy, "2100-01-01 00:00:00+00", rows)
print(rows)
print("came:", copy.as_mastodon().ask("SELECT DISTINCT by || ' as ' || as_whom FROM public.seen ORDER BY 1").splitlines())`);
    expect(said).toContain("'accounts': {'live': 2, 'copy': 2}, 'users': {'live': 2, 'copy': 2}");
    // amcheck calls the functions of an index, as the table's owner.
    expect(said).toContain("came: ['backup_checker as mastodon', 'mastodon as mastodon']");
    expect(said).toMatch(/\[\('data', 'postgres'\), \('pg_hba.conf', 'root'\), \('postgresql.conf', 'root'\), \('postgresql.log', 'root'\)\] False$/); // prettier-ignore
    expect(came(database)).toBe(LOGIN);
    expect(existsSync(caught(database))).toBe(false);
  });

  test('is disproven where it lacks a row of the live database', () => {
    const said = inCopy(`
living.ask("INSERT INTO public.users VALUES (3)")
try:
    verify_backup.compare_rows(living, copy.as_mastodon(), "2100-01-01 00:00:00+00", rows)
except verify_backup.Disproven as disproven:
    print(disproven.status, disproven)`);
    expect(said).toContain('3 1 rows of accounts are missing that were written before 2100-01-01');
    expect(existsSync(caught(database))).toBe(false);
  });

  test('is found broken by a role that may only check', () => {
    const file = database.superuser(`SELECT pg_relation_filepath('public.users_pkey')`);
    const said = inCopy(
      `
try:
    copy.check_structure()
except Unsound as unsound:
    print(unsound)`,
      `
with (copy.data / "${file}").open("r+b") as index:
    index.seek(8192)
    index.write(b"\\xff" * 8192)`,
    );
    expect(said).toMatch(/tables or indexes are broken: .*(users_pkey|invalid page)/);
  });

  test('that does not start is reported with the reason', () => {
    database.copyTo(database.in('postgres', 'base'));
    const said = database.python(`
from mastodonctl.copied_cluster import CopiedCluster, Unsound
copy = CopiedCluster.beside(cluster, folder / "proof", 5433)
copy.prepare()
copy.data.rmdir()
(folder / "postgres" / "base").rename(copy.data)
(copy.data / "global" / "pg_control").write_bytes(bytes(8192))
copy.configure()
try:
    with copy.running():
        pass
except Unsound as unsound:
    print(unsound)
copy.remove()`);
    expect(said).toMatch(/^PostgreSQL can't continue from it: .*FATAL/);
  });

  test('is measured and compared from the restore to its end', () => {
    database.copyTo(database.in('postgres', 'base'));
    const said = database.python(`
import time
from mastodonctl import backups, verify_backup
from mastodonctl.copied_cluster import CopiedCluster
from mastodonctl.proof_record import Proof
def restore(cluster, label, data, log):
    data.rmdir()
    (folder / "postgres" / "base").rename(data)
    return label == "20261101-030000F"
now = int(time.time())
backups.list_backups = lambda cluster: [backups.Backup("20261101-030000F", "full", 1 << 20, 1 << 19, now, now, 1, 1, 1 << 24)]
backups.restore = restore
verify_backup.STATE = folder
verify_backup.mastodon = lambda cluster: postgres.mastodon(cluster, service_file=service_file)
proof = Proof()
copy = CopiedCluster.beside(cluster, folder / "proof", 5433)
print(verify_backup.prove(cluster, copy, proof))
print(proof.rows)
copy.remove()`);
    expect(said).toMatch(/^proven: 20261101-030000F, 1\.0MB, restored in [\d.]+ s \(RTO\); its newest commit, \d{4}-\d\d-\d\d [\d:.]+\+00, was -?[\d.]+ s old/); // prettier-ignore
    expect(said).toContain("'users': {'live': 3, 'copy': 3}");
  });
});

test('a restored database and the old one change places', () => {
  const import_ = `
from mastodonctl import import_database
import_database.mastodon = lambda cluster, database="mastodon_production": postgres.mastodon(cluster, database, service_file)`;
  database.superuser('DROP DATABASE IF EXISTS mastodon_import', 'postgres');
  database.superuser('CREATE DATABASE mastodon_import OWNER mastodon TEMPLATE template0', 'postgres');
  expect(() => database.python(`${import_}\nimport_database.require_older_schema(cluster)`)).toThrow(
    'this is a dump of something else than a Mastodon server',
  );
  database.attacker(
    `CREATE TABLE public.schema_migrations AS SELECT '20250101000000'::text AS version`,
    'mastodon_import',
  );
  database.python(`${import_}
import_database.require_older_schema(cluster)
import_database.change_places(cluster)`);
  expect(database.attacker('SELECT version FROM schema_migrations')).toBe('20250101000000');
  expect(() => database.attacker('SELECT 1', 'mastodon_import')).toThrow('does not exist');
  database.python(`${import_}\nimport_database.drop(cluster, import_database.FORMER)`);
  expect(database.superuser(`SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname ~ 'mastodon'`, 'postgres')).toBe('mastodon_production'); // prettier-ignore
});
