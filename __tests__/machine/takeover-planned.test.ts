/** A machine that hands over to its successor: nothing is lost. */
import { tlsOf } from './connections';
import { eventually } from './eventually';
import { report, TakeoverServer } from './takeoverServer';
import { Writer } from './writer';

jest.setTimeout(900_000);

const site = new TakeoverServer();
const { currentMachine, healthy, lease, replaceMachine, setClockOff, sql, sudo } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

/** Of the certificate that visitors get. */
const fingerprint = async () => (await tlsOf(site.server)).getPeerCertificate().fingerprint256;

describe('a machine that is replaced', () => {
  test('hands over every post that was acknowledged, and every job, though its clock is 5 minutes fast', async () => {
    const first = site.outputs.instanceId;
    setClockOff(first, '+5m');
    await sudo(
      `podman exec mastodon-web-1 bundle exec rails runner '3.times { |n| DistributionWorker.perform_in(86_400, n) }
       5.times { |n| DistributionWorker.set(queue: "nobody").perform_async(n) }'`,
    );
    expect(await lease()).toMatchObject({ machine: 'mastodon-test-1', term: 1, state: 'held' });

    const certificate = await fingerprint();
    const writer = new Writer(site.visitor, 'planned');
    const up = await replaceMachine(2);
    await eventually('the writer is served again', healthy);
    await writer.end();

    expect(await currentMachine()).not.toBe(first);
    expect(writer.acknowledged.length).toBeGreaterThan(5);
    const kept = new Set((await sql(`SELECT text FROM statuses WHERE text LIKE 'planned %'`)).split('\n'));
    expect(writer.acknowledged.filter((status) => !kept.has(status))).toEqual([]);
    expect(await sudo('redis-cli zcard schedule')).toBe('3\n');
    expect(await sudo('redis-cli llen queue:nobody')).toBe('5\n');
    expect(up.stdout).toContain('waiting for mastodon-test-1 to hand over');
    expect(up.stdout).toContain('restored everything that mastodon-test-1 had written');
    expect(await fingerprint()).toBe(certificate);
    expect(await lease()).toMatchObject({ machine: 'mastodon-test-2', term: 2, state: 'held' });
    report('planned replacement', up.seconds, writer.longestSilence);
  });

  test('hands over to a smaller one, of fewer connections and processors', async () => {
    const count = async () => await sql('SELECT count(*) FROM statuses');
    const before = await count();
    const connections = Number(await sql('SHOW max_connections'));
    await site.server.stack.setConfig({ size: 'g3.small' });
    await replaceMachine(3);
    await eventually('it is served again', healthy);
    expect(Number(await sql('SHOW max_connections'))).toBeLessThan(connections);
    expect(await count()).toBe(before);
  });

  test('says within minutes why PostgreSQL does not start', async () => {
    await sudo('systemctl stop postgresql@17-main');
    await sudo(`sh -c "echo 'shared_buffers = 1' >/etc/postgresql/17/main/conf.d/zz-wrong.conf"`);
    await expect(sudo('/usr/local/lib/mastodon/start-database')).rejects.toThrow(/outside the valid range/);
    await sudo('rm /etc/postgresql/17/main/conf.d/zz-wrong.conf');
    await sudo('touch /var/lib/mastodon/restore-pending');
    await expect(sudo('/usr/local/lib/mastodon/start-database')).rejects.toThrow(
      /was not started: a restore was cut short\. Resume it: sudo mastodon-restore --resume/,
    );
    await sudo('rm /var/lib/mastodon/restore-pending');
    await sudo('/usr/local/lib/mastodon/start-database');
    await eventually('it is served again', healthy);
  });
});
