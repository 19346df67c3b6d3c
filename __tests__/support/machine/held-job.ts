/** A job that Sidekiq is at, for longer than it waits for one when it stops. */
import type { Visitor } from '../visitor';
import { eventually } from '../eventually';
import type { LocalServer } from './local-server';

/** Begins the job that removes a post, and holds it. The function that is returned lets it continue, and waits for its end. */
export async function holdJob(server: LocalServer, visitor: Visitor): Promise<() => Promise<void>> {
  const { id } = (await visitor.api('POST', '/api/v1/statuses', { status: 'to be removed' })) as {
    id: string;
  };
  const holding = server.sql(
    `BEGIN; SELECT 1 FROM statuses WHERE id = ${id} FOR UPDATE; SELECT pg_sleep(600)`,
  );
  const waitFor = (what: string, event: string) =>
    eventually(what, async () => (await server.sql(`SELECT 1 FROM pg_stat_activity WHERE ${event}`)) === '1');
  await waitFor('the post is held', `wait_event = 'PgSleep'`);
  await visitor.api('DELETE', `/api/v1/statuses/${id}`);
  await waitFor('the job is at work', `wait_event_type = 'Lock'`);

  return async () => {
    await server.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)'`,
    );
    await holding.catch(() => undefined);
    const gone = `SELECT count(*) FROM statuses WHERE id = ${id}`;
    await eventually('the job is done after all', async () => Number(await server.sql(gone)) === 0, 30);
  };
}
