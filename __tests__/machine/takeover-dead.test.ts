/** A machine that lost its power: another one takes over with what had reached the bucket. */
import { eventually } from '../support/eventually';
import { LEASE, report, TakeoverServer } from '../support/machine/takeover-server';
import { Writer } from '../support/machine/writer';

jest.setTimeout(900_000);

const site = new TakeoverServer();
const { currentMachine, expectNothingServes, healthy, lease, sql, sudo } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

describe('a machine that has lost its power', () => {
  let dead: string;

  test('is succeeded by a new one, with what had reached the bucket', async () => {
    await site.visitor.api('POST', '/api/v1/statuses', { status: 'before the cut' });
    // Jobs of the community: one that no snapshot of Redis can have, and one that each has.
    await sql(`SET ROLE mastodon;
      CREATE SCHEMA IF NOT EXISTS operations;
      CREATE TABLE IF NOT EXISTS operations.community_jobs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, job text NOT NULL, arguments jsonb NOT NULL, handed_over timestamptz);
      INSERT INTO operations.community_jobs (job, arguments, handed_over)
        VALUES ('block', '[1, false]', now() + interval '5 minutes'), ('block', '[2, false]', now() - interval '1 day')`);
    await sudo('systemctl start mastodon-redis-snapshot');
    await sudo('-u postgres pgbackrest --stanza=mastodon check');
    dead = await currentMachine();
    const connections = Number(await sql('SHOW max_connections'));
    await site.hardware.cutPower(dead);
    const writer = new Writer(site.visitor, 'after the cut');
    const started = performance.now();
    await site.server.stack.setConfig({ size: 'g3.small' });
    await site.succeed(2, 'mastodon-test-1');
    await eventually('the new machine serves', () => Promise.resolve(writer.acknowledged.length > 0));
    await writer.end();
    expect(await site.server.ssh('alice', 'hostname')).toBe('mastodon-test-2\n');
    expect(await sql(`SELECT text FROM statuses WHERE text LIKE 'before%'`)).toContain('before the cut');
    expect(
      await sql('SELECT arguments->>0, handed_over IS NULL FROM operations.community_jobs ORDER BY id'),
    ).toBe('1|t\n2|f');
    // As after a planned replacement: the log wants as many as the dead machine had, until it is replayed.
    expect(Number(await sql('SHOW max_connections'))).toBeLessThan(connections);
    report('dead machine', (performance.now() - started) / 1_000, writer.longestSilence);
  });

  test('stays down when its power comes back', async () => {
    await site.hardware.powerOn(dead);
    await eventually('it has looked around', () =>
      Promise.resolve(site.hardware.inside(dead, 'cat /var/lib/mastodon/superseded').includes('took over')),
    );
    expectNothingServes(dead);
    expect(await lease()).toMatchObject({ machine: 'mastodon-test-2', state: 'held' });
    expect(await healthy()).toBe(true);
  });

  test('goes with the up after an administrator has said that it is not needed', async () => {
    await expect(site.server.stack.up()).rejects.toThrow('sudo mastodonctl lease abandon mastodon-test-1');
    expect(site.hardware.all()).toContain(dead);
    await expect(sudo(`${LEASE} abandon mastodon-test-7`)).rejects.toThrow(
      'expected one of these: mastodon-test-1',
    );
    await sudo(`${LEASE} abandon mastodon-test-1`);
    await site.server.stack.up();
    await site.server.stack.preview({ expectNoChanges: true });
    expect(site.hardware.all()).toEqual([await currentMachine()]);
  });
});
