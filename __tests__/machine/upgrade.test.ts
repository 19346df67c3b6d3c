/** An upgrade succeeds, though its first attempt is interrupted, unnoticed by visitors. */
import { eventually } from '../support/eventually';
import { expectUnnoticed, Traffic } from '../support/machine/traffic';
import { migration, UpgradedServer } from '../support/machine/upgrades';

jest.setTimeout(600_000);

const site = new UpgradedServer();
const { report, root, serving, sql, upTo } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

test('an upgrade that a power cut ends is taken up by the next, and its tasks are carried out once', async () => {
  // Long enough to be met while it is at work.
  const slow = await site.server.release('4.7.0', [
    migration('migrate', '20260813000000', 'TakeTime', `execute 'SELECT pg_sleep(15)'`),
  ]);
  const tasks = ['tootctl settings registrations approved', `tootctl version | grep '4.7.0'`];
  const up = upTo({ ...slow, tasks });
  await eventually('the migration is at work', async () => {
    return (await sql(`SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(15)'`)) === '1';
  });
  await site.server.machines.cutPower(site.outputs.instanceId);
  await site.server.machines.start(site.outputs.instanceId);
  expect(await up).not.toBe('came to its end');
  await eventually('the old release serves', async () => (await serving()) === '4.6.5+standin');
  // An up that lost its connection does not know; the watch does.
  await root('/usr/local/lib/mastodon/watch');
  expect(await root('cat /var/lib/mastodon/alerts/upgrade')).toContain('run pulumi up again');

  const told = async () => (await site.visitor.get('/nodeinfo/2.0')).body;
  expect(await told()).toContain('4.6.5');
  const traffic = await Traffic.begin(site.server, 'upgrade');
  expect(await upTo({ ...slow, tasks })).toBe('came to its end');
  await expectUnnoticed(site.server, traffic);
  expect(await told()).toContain('4.6.5+standin');
  expect(await root('/usr/local/lib/mastodon/status | jq --raw-output .versions.mastodon')).toBe('4.7.0\n');
  expect(await serving()).toBe('4.7.0+standin');
  // For half an hour other servers are notified of the release before; nothing here is decided by that.
  expect(await told()).toContain('4.6.5');
  expect(JSON.parse(await root('/usr/local/lib/mastodon/status'))).toMatchObject({
    versions: { mastodon: '4.7.0' },
  });
  const { from, to, steps, outcome, point } = await report();
  expect({ from, to, outcome, point }).toEqual({
    from: '4.6.5',
    to: '4.7.0',
    outcome: 'Mastodon 4.7.0 serves',
    point: 'before-4.7.0',
  });
  expect(steps.map(({ name }) => name)).toEqual([
    'check the way',
    'check the image',
    'check the schema',
    'check the disk',
    'back up, and prove the backup',
    'mark the restore point',
    'migrations before the change',
    'change over to 4.7.0',
    'look at 4.7.0',
    'post-deployment migrations',
    'look at 4.7.0 again',
    ...tasks,
  ]);
  expect(await sql(`SELECT count(*) FROM pg_indexes WHERE indexname LIKE '%quoted_status_id%'`)).toBe('1');
  expect(await root('podman image exists localhost/mastodon-web:previous && echo kept')).toBe('kept\n');
  expect(await root('converge')).toMatch(/ 0 changes\n$/);
  expect(await root('/usr/local/lib/mastodon/watch; ls /var/lib/mastodon/alerts')).not.toContain('upgrade');
});
