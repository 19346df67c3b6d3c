/** What the lease and the maintenance page do on a machine that has no successor, or not yet. */
import { eventually } from '../support/eventually';
import { DOMAIN } from '../support/machine/local-server';
import { LEASE, SERVING, TakeoverServer } from '../support/machine/takeover-server';

jest.setTimeout(900_000);

const site = new TakeoverServer();
const { expectNothingServes, healthy, lease, sudo } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

describe('a machine that is replaced', () => {
  test('shows visitors a page that says so while it is down, for every kind of request', async () => {
    await sudo('touch /var/lib/mastodon/maintenance');
    for (const path of ['/', '/health', '/api/v2/instance', '/api/v1/streaming/health']) {
      const { status, headers, body } = await site.visitor.get(path);
      expect([path, status, headers['retry-after']]).toEqual([path, 503, '60']);
      expect(body).toContain('Back in a few minutes');
    }
    expect((await site.visitor.request('POST', '/api/v1/statuses', { status: 'x' })).status).toBe(503);
    await sudo('rm /var/lib/mastodon/maintenance');
    expect(await healthy()).toBe(true);
  });

  test('refuses the backup bucket of another stack, and writes nothing there', async () => {
    const before = await lease();
    await expect(sudo(`${LEASE} take other.example`)).rejects.toThrow(
      `the backup bucket belongs to another stack, that of ${DOMAIN} (on mastodon-test-1); this stack is other.example`,
    );
    expect(await lease()).toMatchObject({ machine: before.machine, term: before.term });
  });

  test("does not take a stranger's word, who has the bucket's key alone", async () => {
    const { machine, term, beat } = await lease();
    await site.server.root(
      `rclone --config /etc/mastodon/rclone.conf cat backups:lease/holder.json | sed 's/"term": 1/"term": 999/; s|"beat": [0-9]*|"beat": "beat[$(touch /root/caught)]"|' >/run/mastodon/forged
       rclone --config /etc/mastodon/rclone.conf rcat backups:lease/holder.json </run/mastodon/forged
       echo '{"domain":"${DOMAIN}","machine":"stranger","id":"stranger","term":1,"count":7}' | rclone --config /etc/mastodon/rclone.conf rcat backups:lease/request.json`,
    );
    await eventually('it has written its own again', async () => (await lease()).beat > beat);
    expect(await lease()).toMatchObject({ machine, term, state: 'held' });
    expect(await healthy()).toBe(true);
    await expect(sudo('ls /root/caught')).rejects.toThrow('No such file');
  });

  test('can be taken back into service when its successor never came', async () => {
    let count = 0;
    await eventually('it has handed over', async () => {
      await site.ask('mastodon-test-9', 1, ++count);
      return (await lease()).state === 'released';
    });
    await eventually('it is down', async () => (await site.visitor.get('/health')).status === 503);
    await eventually('it says so', async () =>
      (await sudo('cat /var/lib/mastodon/superseded')).includes('handed over to mastodon-test-9'),
    );
    expectNothingServes(site.outputs.instanceId);
    await expect(sudo('converge')).rejects.toThrow('this machine must not serve: it has handed over');
    expect(await sudo(`${LEASE} resume`)).toContain('in service again');
    await eventually('it serves again', healthy);
    expect(await lease()).toMatchObject({ machine: 'mastodon-test-1', term: 3, state: 'held' });
    await eventually('all its services run', async () =>
      /^(active\n){5}$/.test(await site.server.ssh('alice', `systemctl is-active ${SERVING}`)),
    );
  });
});
