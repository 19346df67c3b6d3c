/** A server grows by its settings. */
import { LocalServer } from '../support/machine/local-server';

jest.setTimeout(600_000);

let server: LocalServer;

beforeAll(async () => {
  server = await LocalServer.served();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

test('a larger size and a larger bucket come by their settings, and everything is fitted to them', async () => {
  expect(await server.root('ls /etc/mastodon/sidekiq')).toBe('default.env\npush.env\n');
  await server.stack.setConfig({ size: 'g3.large', mediaGb: 1000 });
  const { changes } = await server.stack.up();
  expect(changes).toMatchObject({ update: expect.any(Number) as number });
  expect(changes.replace).toBeUndefined();
  await server.answers();

  const { buckets } = await server.outputs();
  const { items } = await server.civo<{ items: { name: string; max_size: number }[] }>('GET', 'objectstores');
  expect(items.find(({ name }) => name === buckets.media.name)?.max_size).toBe(1000);
  expect(await server.root('cat /etc/mastodon/tuning.env')).toBe('WEB_CONCURRENCY=2\nMAX_THREADS=5\n');
  expect(await server.sql('SHOW shared_buffers')).toBe('1536MB');
  expect(await server.root('converge')).toMatch(/ 0 changes\n$/);
  // As Sidekiq itself sees it: each queue is in one process, the schedule's above all.
  const processes = await server.root(
    `podman exec mastodon-web-1 bundle exec rails runner 'require "sidekiq/api"; puts Sidekiq::ProcessSet.new.map { |process| "#{process["concurrency"]} #{process["queues"].uniq.sort.join(" ")}" }.sort'`,
  );
  // Sidekiq logs there, too.
  expect(processes.split('\n').filter((line) => /^\d+ [a-z]/.test(line))).toEqual([
    '10 default fasp mailers pull scheduler',
    '10 push',
    '5 ingress',
  ]);
});
