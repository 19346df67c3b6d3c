/** What whoever broke into Mastodon can leave in its database, or in a dump, for root to come across: none of it runs with more rights than Mastodon's. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { MastodonsDatabase } from './mastodonsDatabase';

jest.setTimeout(180_000);

let database: MastodonsDatabase;
beforeAll(async () => {
  database = await MastodonsDatabase.start();
  database.attacker(`
    CREATE SCHEMA operations;
    CREATE TABLE public.seen (by text, as_whom text);
    CREATE TABLE public.schema_migrations (version text);
    INSERT INTO public.schema_migrations VALUES ('20260101000000');
    CREATE TABLE public.users (id bigint PRIMARY KEY, email text, updated_at timestamp DEFAULT now() - interval '1 hour');
    INSERT INTO public.users VALUES (1, 'alice@example.org'), (2, 'bob@example.org');
    ${trap(caught())}`);
});
afterAll(() => database.remove());

const caught = () => database.in('postgres', 'caught');

/** A function that takes back a superuser's rights where it is one's session, runs a command with them, and tells who came. */
const trap = (file: string) => `
  CREATE FUNCTION public.trap() RETURNS boolean LANGUAGE plpgsql AS $trap$
  BEGIN
    INSERT INTO public.seen VALUES (session_user, current_user);
    BEGIN
      EXECUTE 'SET ROLE NONE';
      EXECUTE $run$COPY (SELECT 1) TO PROGRAM 'touch ${file}'$run$;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RETURN true;
  END $trap$;
  CREATE FUNCTION public.trap_immutable(bigint) RETURNS bigint IMMUTABLE LANGUAGE plpgsql
    AS 'BEGIN PERFORM public.trap(); RETURN $1; END';`;

const came = () => {
  const visitors = database.attacker(`SELECT DISTINCT by || ' as ' || as_whom FROM public.seen ORDER BY 1`);
  database.attacker('TRUNCATE public.seen');
  return visitors;
};
const RELEASE = '4.7.0 example.org/web@sha256:aa example.org/streaming@sha256:bb';
const LOGIN = 'mastodon_1 as mastodon';

test('the traps of these tests catch a superuser', () => {
  database.attacker(`CREATE VIEW operations.release AS SELECT 'x'::text AS release WHERE public.trap()`);
  expect(database.superuser('SELECT release FROM operations.release')).toBe('x');
  expect(existsSync(caught())).toBe(true);
  rmSync(caught());
  database.attacker('DROP VIEW operations.release; TRUNCATE public.seen');
});

describe("root's scripts ask Mastodon's database as Mastodon's login", () => {
  afterEach(() => {
    expect(existsSync(caught())).toBe(false);
    database.attacker('DROP TABLE IF EXISTS operations.release CASCADE');
  });

  test('a release is recorded and read again, and the file with the password is of root alone', () => {
    expect(database.root(`record_release '${RELEASE}' && recorded_release`)).toEqual({
      status: 0,
      said: RELEASE,
    });
    expect(statSync(database.in('pg_service.conf'))).toMatchObject({ uid: 0, mode: 0o100600 });
  });

  test.each([
    'PIPESTATUS[$(touch /tmp/x)] a b',
    '4.7.0',
    '4.7.0 a',
    '4.7.0 a b c',
    '4.7.0 $(id) b',
    '04.7.0 a b',
    '4.7.0 a b\n4.6.0 c d',
    `4.7.0 a ${'b'.repeat(1000)}`,
  ])('a release is none of which the table says %j', (text) => {
    // prettier-ignore
    database.attacker(`CREATE TABLE operations.release AS SELECT $x$${text}$x$::text AS release`);
    expect(database.root('recorded_release && true')).toEqual({ status: 0, said: '' });
  });

  test('a view in the place of the release runs as Mastodon', () => {
    database.attacker(
      `CREATE VIEW operations.release AS SELECT '${RELEASE}'::text AS release WHERE public.trap()`,
    );
    expect(database.root('recorded_release && true').said).toBe(RELEASE);
    expect(came()).toBe(LOGIN);
    database.attacker('DROP VIEW operations.release');
  });

  test('a trigger, a check and a rule on the table of the release run as Mastodon', () => {
    database.attacker(`CREATE TABLE operations.release (release text CHECK (public.trap()));
      CREATE FUNCTION public.on_release() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.trap(); RETURN NEW; END';
      CREATE TRIGGER trap BEFORE INSERT ON operations.release FOR EACH ROW EXECUTE FUNCTION public.on_release();
      CREATE RULE trap AS ON DELETE TO operations.release DO ALSO SELECT public.trap()`);
    expect(database.root(`record_release '${RELEASE}' && recorded_release`).said).toMatch(RELEASE);
    expect(came()).toBe(LOGIN);
  });

  test('functions, operators and tables of built-in names are not called, whatever search_path the database or the role has', () => {
    database.attacker(`
      CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS $$SELECT 'hostile'::text WHERE public.trap()$$;
      CREATE FUNCTION public.to_regclass(text) RETURNS regclass LANGUAGE sql AS $$SELECT NULL::regclass WHERE public.trap()$$;
      CREATE FUNCTION public.differs(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap()';
      CREATE OPERATOR public.<> (FUNCTION = public.differs, LEFTARG = text, RIGHTARG = text);
      CREATE VIEW public.pg_stat_user_tables AS SELECT 'x[$(id)]' AS n_dead_tup;
      ALTER DATABASE mastodon_production SET search_path = public, pg_catalog;
      SET ROLE NONE;
      ALTER ROLE mastodon_1 SET search_path = public, pg_catalog;`);
    expect(database.attacker(`SELECT lower('A')`)).toBe('hostile');
    came();
    const others = `"SELECT count(*) FROM public.users WHERE email <> lower(:'email')" --set email=Alice@example.org`;
    expect(database.root(`query_mastodon ${others}`).said).toBe('1');
    expect(database.root(`query_mastodon "SELECT to_regclass('public.users') IS NULL"`).said).toBe('f');
    const counted = database.python(`
from mastodonctl.import_database import OTHERS
print(postgres.mastodon(cluster, service_file=service_file).number(OTHERS, email="Alice@example.org"))`);
    expect(counted).toBe('1');
    expect(came()).toBe('');
  });

  test('a figure that is no number does not reach arithmetic', () => {
    expect(database.root(`figure_of_mastodon 'SELECT 42'`)).toEqual({ status: 0, said: '42' });
    for (const figure of ['x[$(touch /tmp/x)]', '-1', '07', '1\n2', ''])
      expect(database.root(`figure_of_mastodon 'SELECT $x$${figure}$x$::text'`)).toEqual({
        status: 1,
        said: '',
      });
    expect(() =>
      database.python(`postgres.mastodon(cluster, service_file=service_file).number("SELECT 'x[1]'")`),
    ).toThrow("answered 'x[1]'; expected a number");
  });

  test('text becomes no part of SQL', () => {
    const text = `it's \\ "; DROP TABLE users; -- :x $$`;
    const asked = `print(postgres.superuser(cluster).ask("SELECT :'text'", text=${JSON.stringify(text)}))`;
    expect(database.python(asked)).toBe(text);
  });

  test('Mastodon can make nothing in the database that the superuser asks', () => {
    for (const sql of [
      'CREATE TABLE public.x ()',
      'CREATE SCHEMA x',
      'ALTER DATABASE postgres SET search_path = public',
    ])
      expect(() => database.attacker(sql, 'postgres')).toThrow(/permission denied|must be owner/);
  });
});

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
      `CREATE TABLE public.seen (by text, as_whom text);
      ${trap(caught())}
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
    expect(existsSync(caught())).toBe(false);
  });

  test('its checks, indexes and views run as Mastodon, and its rows are there', () => {
    database.dump('foreign_server', database.in('dumps', 'rows'));
    expect(restore('rows')).toBe('True');
    expect(database.attacker('SELECT count(*) FROM users', 'mastodon_import')).toBe('2');
    expect(database.attacker(`SELECT DISTINCT by FROM seen`, 'mastodon_import')).toBe('mastodon_1');
    expect(existsSync(caught())).toBe(false);
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
    expect(existsSync(caught())).toBe(false);
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
  /** The product's copy, of the files of the living one as they are. */
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
      TRUNCATE public.seen`);
    const said = inCopy(`
verify_backup.compare(living, copy, "2100-01-01 00:00:00+00", rows)
print(rows)
print("came:", copy.as_mastodon().ask("SELECT DISTINCT by || ' as ' || as_whom FROM public.seen ORDER BY 1").splitlines())`);
    expect(said).toContain("'accounts': {'live': 2, 'copy': 2}, 'users': {'live': 2, 'copy': 2}");
    // amcheck calls the functions of an index, as the table's owner.
    expect(said).toContain("came: ['backup_checker as mastodon', 'mastodon as mastodon']");
    expect(said).toMatch(/\[\('data', 'postgres'\), \('pg_hba.conf', 'root'\), \('postgresql.conf', 'root'\), \('postgresql.log', 'root'\)\] False$/); // prettier-ignore
    expect(came()).toBe(LOGIN);
    expect(existsSync(caught())).toBe(false);
  });

  test('is disproven where it lacks a row of the living one', () => {
    const said = inCopy(`
living.ask("INSERT INTO public.users VALUES (3)")
try:
    verify_backup.compare_rows(living, copy.as_mastodon(), "2100-01-01 00:00:00+00", rows)
except verify_backup.Disproven as disproven:
    print(disproven.status, disproven)`);
    expect(said).toContain('3 1 rows of accounts are missing that were written before 2100-01-01');
    expect(existsSync(caught())).toBe(false);
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

  test('that does not start is told with the reason', () => {
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
    expect(said).toMatch(/^PostgreSQL can't go on from it: .*FATAL/);
  });
});
