/** What an intruder can leave in Mastodon's database for a superuser to run. */
import type { MastodonsDatabase } from './mastodons-database';

/** The file that is there once a trap has caught a superuser: PostgreSQL's own user made it, by a command. */
export const caught = (database: MastodonsDatabase) => database.in('postgres', 'caught');

/** A function that takes back a superuser's rights where it is one's session, runs a command with them, and logs who called it. */
export const trap = (database: MastodonsDatabase) => `
  CREATE TABLE public.seen (by text, as_whom text);
  CREATE FUNCTION public.trap() RETURNS boolean LANGUAGE plpgsql AS $trap$
  BEGIN
    INSERT INTO public.seen VALUES (session_user, current_user);
    BEGIN
      EXECUTE 'SET ROLE NONE';
      EXECUTE $run$COPY (SELECT 1) TO PROGRAM 'touch ${caught(database)}'$run$;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RETURN true;
  END $trap$;
  CREATE FUNCTION public.trap_immutable(bigint) RETURNS bigint IMMUTABLE LANGUAGE plpgsql
    AS 'BEGIN PERFORM public.trap(); RETURN $1; END';`;

/** Who came to a trap since the last time that this was asked: the login, and as whom. */
export function came(database: MastodonsDatabase): string {
  const visitors = database.attacker(`SELECT DISTINCT by || ' as ' || as_whom FROM public.seen ORDER BY 1`);
  database.attacker('TRUNCATE public.seen');
  return visitors;
}
