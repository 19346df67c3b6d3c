/** Which figures a Prometheus gets, and no other client. */
import type { Visitor } from '../support/visitor';
import { takesConnectionsFrom } from '../support/machine/connections';
import { eventually } from '../support/eventually';
import { LocalServer } from '../support/machine/local-server';
import { alertedSeries, dashboardQueries, Monitor } from '../support/machine/monitor';

jest.setTimeout(300_000);

let server: LocalServer;
let visitor: Visitor;

beforeAll(async () => {
  server = await LocalServer.served();
  await server.stack.setConfig({ metrics: true });
  await server.stack.up();
  visitor = await server.owner();
}, 900_000);

afterAll(() => server.remove(), 120_000);

test('metrics: a Prometheus on the VPN finds what the dashboard and the alerts ask for, others find nothing', async () => {
  await server.sudo('systemctl start mastodon-watch.service');
  const monitor = await Monitor.start(server);
  try {
    await eventually(
      'all six exporters answer',
      async () => (await monitor.query('up == 1')).length === 6,
      30,
    );
    await eventually('each query has an answer', async () => {
      // A person posts: jobs are done.
      await visitor.api('POST', '/api/v1/statuses', { status: 'measured' });
      const empty: string[] = [];
      for (const query of [...dashboardQueries(), ...alertedSeries()])
        if ((await monitor.query(query)).length === 0) empty.push(query);
      if (empty.length > 0) throw new Error(`nothing for ${empty.join('; ')}`);
      return true;
    });
    await eventually(
      'posts are counted as what they are',
      async () => {
        const requests = await monitor.query('ruby_http_requests_total');
        const told = requests.map(({ metric }) => `${metric.controller ?? ''}#${metric.action ?? ''}`);
        if (told.includes('api/v1/statuses#create')) return true;
        throw new Error(`only ${told.join(', ')}`);
      },
      30,
    );
    expect(await monitor.query('ALERTS{alertstate="firing"}')).toEqual([]);
    await server.sudo('systemctl stop prometheus-redis-exporter');
    await eventually('one of them is missed', async () => {
      const pending = await monitor.query('ALERTS{alertname="MastodonUnreachable"}');
      return pending.map(({ metric }) => metric.exporter).join() === 'redis';
    });
    await server.sudo('systemctl start prometheus-redis-exporter');
  } finally {
    await monitor.stop();
  }
  const { publicAddress } = await server.outputs();
  expect(await takesConnectionsFrom(server.cloud.addresses.outsider, publicAddress, 9180)).toBe(false);
  // What is behind it listens to the machine alone.
  const ports = '\\b(9100|9113|9121|9181|9187|9394)\\b';
  const listening = await server.sudo(`ss --listening --tcp --numeric --no-header | grep -E '${ports}'`);
  expect(listening.trim().split('\n')).toHaveLength(6);
  expect(listening.replaceAll('127.0.0.1:', '')).not.toMatch(/(\*|::|0\.0\.0\.0):9/);
});

test('metrics: with them bin/mastodon status is well, and turned off again they leave nothing', async () => {
  const { exitCode, said } = await server.operation('status');
  expect([exitCode, said]).toEqual([0, expect.stringMatching(/^mastodon\.test \(.*\): all is well\n/)]);
  await server.stack.setConfig({ metrics: false });
  await server.stack.up();
  const units = await server.sudo(
    `systemctl list-units --plain --no-legend 'prometheus-*' mastodon-metrics.service`,
  );
  expect(units).toBe('');
});
