/** The bucket fails, or its keys do: nothing is lost, and what is wrong is reported. */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BadDays } from '../support/machine/bad-days';
import { eventually } from '../support/eventually';
import { RecoverableServer } from '../support/machine/recoverable-server';

jest.setTimeout(600_000);

const site = new RecoverableServer();
const days = new BadDays(site);
const { alerts, healthy, post, posts, refused, restore, start, sudo } = site;
beforeAll(() => site.up(), 900_000);
afterAll(() => site.remove(), 120_000);

describe('on a bad day', () => {
  beforeAll(days.begin);

  test('the log waits while the bucket cannot be reached, an alert says so, and then it goes there', async () => {
    await site.server.fail({ service: 'object-store', fault: 'outage' });
    await post('During the outage');
    // The machine comes from a snapshot, so PostgreSQL has just started. It counts archive_timeout, a minute, from the segment
    // before, and looks at the end of it.
    await eventually('the log waits', async () => (await days.waiting()) > 0, 130);
    await start('watch');
    expect(await alerts()).toContain('backup-bucket');
    expect(await refused('--newest', '--yes')).toContain('the backup bucket does not answer');
    expect(await healthy()).toBe(true);
    await site.server.fail();
    await eventually('the log is in the bucket', async () => (await days.waiting()) === 0, 90);
    await start('watch');
    expect(await alerts()).toEqual([]);
    await restore('--newest', '--yes');
    expect(await posts()).toEqual(['During the outage', ...days.posts]);
    days.posts = await posts();
  });

  test('a revoked credential raises an alert and stops nothing', async () => {
    const { accessKeyId } = site.outputs.recovery.backups;
    await site.server.fail({ service: 'object-store', fault: 'revoked', accessKey: accessKeyId });
    await expect(start('backup')).rejects.toThrow();
    await eventually('the alert', async () => (await alerts()).includes('mastodon-backup.service'), 20);
    expect(await refused('--newest', '--yes')).toContain('its credential');
    expect(await healthy()).toBe(true);
    await site.server.fail();
    await start('backup');
    await eventually('no alert', async () => {
      expect(await alerts()).toEqual([]);
      return true;
    });
  });

  test('a wrong cipher is reported, and nothing is changed', async () => {
    const file = '/etc/pgbackrest/conf.d/repository.conf';
    await sudo(`sed -i 's/^repo1-cipher-pass = /&x/' ${file}`);
    expect(await refused('--newest', '--yes')).toContain('the cipher');
    expect(await healthy()).toBe(true);
    await sudo(`sed -i 's/^repo1-cipher-pass = x/repo1-cipher-pass = /' ${file}`);
  });

  test('an empty bucket is reported, and nothing is changed', async () => {
    const bucket = site.server.bucket(site.outputs.buckets.backups.name);
    const aside = join(site.server.cloud.stateFolder, 'aside');
    renameSync(join(bucket, 'postgresql'), aside);
    expect(await refused('--newest', '--yes')).toMatch(/there is no backup in the bucket|missing stanza/);
    expect(await healthy()).toBe(true);
    rmSync(join(bucket, 'postgresql'), { recursive: true, force: true });
    renameSync(aside, join(bucket, 'postgresql'));
    expect(await restore()).toContain('Reachable moments: 2');
  });

  test(
    'leaves every post, nothing that failed and no alert, when the bucket is well again',
    days.expectNothingLeft,
  );
});
