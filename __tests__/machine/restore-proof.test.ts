/** The proof that the backups can be restored. */
import { existsSync } from 'node:fs';
import { eventually } from '../support/eventually';
import { RecoverableServer } from '../support/machine/recoverable-server';

jest.setTimeout(300_000);

const site = new RecoverableServer();
const { onDisk, post, start, sudo } = site;
beforeAll(async () => {
  await site.up();
  for (const status of ['First', 'Second', 'Third']) await post(status);
  // Ends the current segment of the log and returns once it is in the bucket.
  await sudo('-u postgres pgbackrest --stanza=mastodon check');
}, 900_000);
afterAll(() => site.remove(), 120_000);

describe('the proof', () => {
  test('restores the newest backup beside the live database, and records what it measured', async () => {
    await start('proof');
    const proof = JSON.parse(await sudo('cat /var/lib/mastodon/proof.json')) as Record<string, unknown>;
    expect(proof).toMatchObject({ passed: true, rows: { statuses: { live: 3, copy: 3 } } });
    expect(proof.restoreSeconds).toBeGreaterThan(0);
    expect(proof.newestCommitAgeSeconds).toBeGreaterThan(0);
    expect(await sudo('cat /var/lib/mastodon/metrics/proof.prom')).toContain('mastodon_proof_passed 1\n');
    expect(await sudo('ls /var/lib/postgresql')).toBe('17\n');
  });

  test("and converge run what Mastodon's role left in the database with that role's rights alone", async () => {
    const sql = (text: string) =>
      site.server.ssh('alice', `sudo /usr/local/lib/mastodon/in-database psql -qtA -v ON_ERROR_STOP=1 <<'SQL'\n${text}\nSQL`); // prettier-ignore
    await sql(`
      CREATE TABLE public.seen (by text);
      CREATE FUNCTION public.trap(bigint) RETURNS bigint LANGUAGE plpgsql AS $trap$
      BEGIN
        INSERT INTO public.seen VALUES (session_user);
        BEGIN
          EXECUTE 'SET ROLE NONE';
          EXECUTE $run$COPY (SELECT 1) TO PROGRAM 'touch /var/lib/postgresql/caught'$run$;
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
        RETURN $1;
      END $trap$;
      CREATE FUNCTION public.trap_of_index(bigint) RETURNS bigint IMMUTABLE LANGUAGE plpgsql
        AS 'BEGIN RETURN public.trap($1); END';
      CREATE INDEX trapped ON public.statuses (public.trap_of_index(id));
      ALTER TABLE operations.release RENAME TO recorded;
      CREATE VIEW operations.release AS SELECT release FROM operations.recorded WHERE public.trap(1) = 1;
      TRUNCATE public.seen`);
    await sudo('-u postgres pgbackrest --stanza=mastodon check');
    await start('proof');
    expect(await sudo('converge')).toContain(': 0 changes');
    expect(await sudo('ls /var/lib/postgresql')).toBe('17\n');
    expect(await sql('SELECT DISTINCT by FROM public.seen')).toMatch(/^mastodon_[0-9a-f]{8}\n$/);
    await sql(`
      DROP VIEW operations.release;
      ALTER TABLE operations.recorded RENAME TO release;
      DROP INDEX public.trapped;
      DROP FUNCTION public.trap, public.trap_of_index;
      DROP TABLE public.seen`);
  });

  test('leaves nothing when it is killed', async () => {
    const proof = start('proof').catch(String);
    await eventually(
      'a scratch cluster',
      () => Promise.resolve(existsSync(onDisk('var/lib/mastodon/proof'))),
      30,
    );
    await sudo('systemctl kill --kill-whom=main --signal KILL mastodon-proof');
    await proof;
    await eventually('it is gone', () => Promise.resolve(!existsSync(onDisk('var/lib/mastodon/proof'))), 30);
    await start('proof');
  });
});
