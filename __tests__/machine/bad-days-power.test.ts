/** The power fails, or the disk is full: nothing is lost. */
import { existsSync } from 'node:fs';
import { BadDays } from '../support/machine/bad-days';
import { eventually } from '../support/eventually';
import { RecoverableServer } from '../support/machine/recoverable-server';
import { whatFailed } from '../support/machine/what-failed';

jest.setTimeout(300_000);

const site = new RecoverableServer();
const days = new BadDays(site);
const { alerts, answers, enter, healthy, onDisk, powerCut, refused, start, sudo } = site;
beforeAll(() => site.up(), 900_000);
afterAll(() => site.remove(), 120_000);

test('the first migration takes up after a power cut, and the owner can log in', async () => {
  await sudo('systemctl stop mastodon.target');
  await sudo('-u postgres dropdb --force mastodon_production');
  await sudo('rm /var/lib/mastodon/release /var/lib/mastodon/done/owner');
  const converge = sudo('converge').catch(String);
  await sudo(`sh -c 'until pgrep --full "[d]b:prepare" >/dev/null; do sleep 0.05; done; sleep 1'`);
  await powerCut();
  await converge;
  expect(existsSync(onDisk('var/lib/mastodon/release'))).toBe(false);
  expect(await sudo('converge')).toContain('bring Mastodon to 4.6.5');
  await answers();
  await enter();
});

describe('on a bad day', () => {
  beforeAll(days.begin);

  test('a power cut in the middle of a backup loses nothing, and the next backup works', async () => {
    await site.server.fail({ service: 'object-store', fault: 'slow' });
    await sudo('systemctl start --no-block mastodon-backup');
    await sudo(`sh -c 'until pgrep --full "[p]gbackrest.* backup" >/dev/null; do sleep 0.05; done; sleep 1'`);
    await powerCut();
    await site.server.fail();
    await answers();
    await days.expectAllPosts();
    await start('backup');
  });

  test('a full disk raises an alert, and a restore is refused before anything is stopped', async () => {
    await sudo(
      `sh -c 'fallocate --length $(($(df --output=avail --block-size=1 / | tail -n 1) - 30000000)) /var/fill'`,
    );
    await start('watch');
    expect(await alerts()).toEqual(expect.arrayContaining(['disk', 'disk-nearly-full']));
    await eventually('the mail', () =>
      Promise.resolve(
        site.listeners.mails.some(({ text }) => text.includes('alert raised: disk-nearly-full')),
      ),
    );
    expect(await refused('--newest', '--yes')).toMatch(/make room first\. Nothing was changed/);
    expect(await healthy()).toBe(true);
    await sudo('rm /var/fill');
    await start('watch');
    expect(await alerts()).toEqual([]);
  });

  test('Redis and Sidekiq write again by themselves once there is room again', async () => {
    // A disk of Redis's own: a full one would stop whatever else runs on this computer. The jobs in it are kept.
    const aside = '/var/lib/redis.aside';
    const start = 'systemctl start redis-server && until redis-cli ping | grep -q PONG; do sleep 0.1; done';
    await site.server.root(`
      systemctl stop redis-server && cp --archive /var/lib/redis ${aside}
      size=$(($(du --bytes --summarize ${aside} | cut -f1) + 4000000))
      mount -t tmpfs -o "size=$size,mode=750,uid=$(id -u redis),gid=$(id -g redis)" tmpfs /var/lib/redis
      cp --archive ${aside}/. /var/lib/redis/ && ${start}`);
    await eventually(
      'Redis refuses to write',
      async () => {
        const fill = `for i in $(seq 100); do head -c 100000 /dev/urandom | redis-cli -x set fill:$i; done`;
        return Number(await site.server.root(`${fill} 2>&1 | grep --count MISCONF || true`)) > 0;
      },
      30,
    );
    await site.server.root('mount -o remount,size=500M /var/lib/redis');
    await eventually('Redis writes', async () =>
      (await site.server.root('redis-cli set probe 1')).startsWith('OK'),
    );
    await site.server.root(
      `redis-cli --scan --pattern 'fill:*' | xargs redis-cli unlink probe >/dev/null; redis-cli bgrewriteaof`,
    );
    await site.post('After Redis had no room');
    days.posts = await site.posts();
    await eventually('Sidekiq is done', async () =>
      (await site.server.root('redis-cli llen queue:default')).startsWith('0'),
    );
    await eventually(
      'the files are small again',
      async () =>
        Number((await site.server.root('du --bytes --summarize /var/lib/redis')).split('\t')[0]) < 50_000_000,
    );
    await site.server.root(`
      systemctl stop redis-server && rm -rf ${aside} && cp --archive /var/lib/redis ${aside}
      umount /var/lib/redis && rm -rf /var/lib/redis/* && cp --archive ${aside}/. /var/lib/redis/ && rm -rf ${aside}
      ${start}`);
    await answers();
    expect(Number((await sudo('journalctl --disk-usage')).match(/take up ([\d.]+)G/)?.[1] ?? 0)).toBeLessThan(
      1.1,
    );
  });

  test('one power cut after the other leaves no container behind whose name is in use', async () => {
    for (let cut = 0; cut < 3; cut++) {
      await powerCut();
      await answers();
    }
    await days.expectAllPosts();
    expect(await whatFailed(site.server)).toBe('');
    // Of the units alone: sudo writes the pattern itself into the journal.
    const inUse = `journalctl --boot --quiet --unit 'mastodon-*' --grep 'is already in use' || true`;
    expect(await site.server.root(inUse)).toBe('');
  });

  test('leaves every post, nothing that failed and no alert', days.expectNothingLeft);
});
