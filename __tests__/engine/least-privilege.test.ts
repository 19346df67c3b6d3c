/** What an intruder can leave in Mastodon's database for root's scripts to run: none of it runs with more rights than Mastodon's. */
import { existsSync, rmSync, statSync } from 'node:fs';
import { MastodonsDatabase } from '../support/stand-in/mastodons-database';
import { came, caught, trap } from '../support/stand-in/traps';

jest.setTimeout(180_000);

let database: MastodonsDatabase;
beforeAll(async () => {
  database = await MastodonsDatabase.start();
  database.attacker(`
    CREATE SCHEMA operations;
    CREATE TABLE public.schema_migrations (version text);
    INSERT INTO public.schema_migrations VALUES ('20260101000000');
    CREATE TABLE public.users (id bigint PRIMARY KEY, email text, updated_at timestamp DEFAULT now() - interval '1 hour');
    INSERT INTO public.users VALUES (1, 'alice@example.org'), (2, 'bob@example.org');
    ${trap(database)}`);
});
afterAll(() => database.remove());

const RELEASE = '4.7.0 example.org/web@sha256:aa example.org/streaming@sha256:bb';
const LOGIN = 'mastodon_1 as mastodon';
/** What root takes the database's release for. */
const recorded = (before = '') =>
  database.python(`
from mastodonctl.release import records
living = postgres.mastodon(cluster, service_file=service_file)
${before}
print(records.recorded(living))`);
const recordedAgain = () => recorded(`records.record(living, records.parse('${RELEASE}'))`);

test('the traps of these tests catch a superuser', () => {
  database.attacker(`CREATE VIEW operations.release AS SELECT 'x'::text AS release WHERE public.trap()`);
  expect(database.superuser('SELECT release FROM operations.release')).toBe('x');
  expect(existsSync(caught(database))).toBe(true);
  rmSync(caught(database));
  database.attacker('DROP VIEW operations.release; TRUNCATE public.seen');
});

describe("root's scripts ask Mastodon's database as Mastodon's login", () => {
  afterEach(() => {
    expect(existsSync(caught(database))).toBe(false);
    database.attacker('DROP TABLE IF EXISTS operations.release CASCADE');
  });

  test('a release is recorded and read again, and the file with the password is of root alone', () => {
    expect(recordedAgain()).toBe(RELEASE);
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
    expect(recorded()).toBe('None');
  });

  test('a view in the place of the release runs as Mastodon', () => {
    database.attacker(
      `CREATE VIEW operations.release AS SELECT '${RELEASE}'::text AS release WHERE public.trap()`,
    );
    expect(recorded()).toBe(RELEASE);
    expect(came(database)).toBe(LOGIN);
    database.attacker('DROP VIEW operations.release');
  });

  test('a trigger, a check and a rule on the table of the release run as Mastodon', () => {
    database.attacker(`CREATE TABLE operations.release (release text CHECK (public.trap()));
      CREATE FUNCTION public.on_release() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.trap(); RETURN NEW; END';
      CREATE TRIGGER trap BEFORE INSERT ON operations.release FOR EACH ROW EXECUTE FUNCTION public.on_release();
      CREATE RULE trap AS ON DELETE TO operations.release DO ALSO SELECT public.trap()`);
    expect(recordedAgain()).toBe(RELEASE);
    expect(came(database)).toBe(LOGIN);
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
    came(database);
    const others = `"SELECT count(*) FROM public.users WHERE email <> lower(:'email')" --set email=Alice@example.org`;
    expect(database.root(`query_mastodon ${others}`).said).toBe('1');
    expect(database.root(`query_mastodon "SELECT to_regclass('public.users') IS NULL"`).said).toBe('f');
    const counted = database.python(`
from mastodonctl.import_database import OTHERS
print(postgres.mastodon(cluster, service_file=service_file).number(OTHERS, email="Alice@example.org"))`);
    expect(counted).toBe('1');
    expect(came(database)).toBe('');
  });

  test('a figure that is no number does not reach arithmetic', () => {
    const number = (sql: string, values = '') =>
      database.python(`print(postgres.mastodon(cluster, service_file=service_file).number(${JSON.stringify(sql)}${values}))`); // prettier-ignore
    expect(number('SELECT 42')).toBe('42');
    expect(number('SELECT count(*) FROM public.:"table"', ', table="users"')).toBe('2');
    for (const figure of ['x[$(touch /tmp/x)]', '1\n2', ''])
      expect(() => number(`SELECT $x$${figure}$x$::text`)).toThrow('expected a number');
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
