/** The days on which something breaks: nothing is lost, and what is wrong is told. */
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { sleep } from '../timing';
import { eventually } from './eventually';
import { RecoverableServer } from './recoverableServer';

jest.setTimeout(300_000);

const site = new RecoverableServer();
const {
  alerts,
  answers,
  enter,
  healthy,
  inBackups,
  moment,
  onDisk,
  post,
  posts,
  powerCut,
  refused,
  restore,
  start,
  sudo,
} = site;
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
  let all: string[];
  beforeAll(async () => {
    await post('Before the bad days');
    all = await posts();
  });
  const backups = () => inBackups('postgresql', 'backup', 'mastodon');
  const waiting = async () =>
    (
      await sudo(`sh -c 'ls /var/lib/postgresql/17/main/pg_wal/archive_status | grep -c ready'`).catch(
        () => '0',
      )
    ).trim();

  test('a power cut in the middle of a backup loses nothing, and the next backup works', async () => {
    await site.server.fail({ service: 'object-store', fault: 'slow' });
    await sudo('systemctl start --no-block mastodon-backup');
    await sudo(`sh -c 'until pgrep --full "[p]gbackrest.* backup" >/dev/null; do sleep 0.05; done; sleep 1'`);
    await powerCut();
    await site.server.fail();
    await answers();
    expect(await posts()).toEqual(all);
    await start('backup');
  });

  test('the log waits while the bucket cannot be reached, an alert says so, and then it goes there', async () => {
    await site.server.fail({ service: 'object-store', fault: 'outage' });
    await post('During the outage');
    await sleep(65_000); // longer than archive_timeout
    expect(Number(await waiting())).toBeGreaterThan(0);
    await start('watch');
    expect(await alerts()).toContain('backup-bucket');
    expect(await refused('--newest', '--yes')).toContain('the backup bucket does not answer');
    expect(await healthy()).toBe(true);
    await site.server.fail();
    await eventually('the log is in the bucket', async () => (await waiting()) === '0', 90);
    await start('watch');
    expect(await alerts()).toEqual([]);
    await restore('--newest', '--yes');
    expect(await posts()).toEqual(['During the outage', ...all]);
    all = await posts();
  });

  test('a gap in the log is told by a restore that ends there, and what is behind it can be reached', async () => {
    const sql = (query: string) => sudo(`-u postgres psql -tAc '${query}'`);
    const segment = (await sql('SELECT pg_walfile_name(pg_current_wal_lsn())')).trim();
    await post('In the gap');
    await sql('SELECT pg_switch_wal()');
    await post('Behind the gap');
    const here = await moment();
    await sql('SELECT pg_switch_wal()');
    await eventually('the log is in the bucket', async () => (await waiting()) === '0', 90);

    const archive = inBackups('postgresql', 'archive', 'mastodon');
    const path = readdirSync(archive, { recursive: true, encoding: 'utf8' }).find((file) =>
      basename(file).startsWith(`${segment}-`),
    );
    if (path === undefined) throw new Error(`${segment} is not in the bucket`);
    const aside = join(site.server.cloud.stateFolder, 'segment');
    renameSync(join(archive, path), aside);
    expect(await restore('--newest', '--yes')).toContain('the log has a gap behind');
    expect(await posts()).toEqual(all);
    expect(await alerts()).toEqual(['gap-in-the-log']);

    renameSync(aside, join(archive, path));
    await restore('--to', here, '--yes');
    expect(await posts()).toEqual(['Behind the gap', 'In the gap', ...all]);
    all = await posts();
    await sudo('/usr/local/lib/mastodon/alert clear gap-in-the-log');

    // pgBackRest's own processes may hold each other up: then the segment is fetched by one that needs no lock.
    const fetched = `-u postgres flock /tmp/pgbackrest/mastodon-archive-1.lock /usr/local/lib/mastodon/get-log ${segment} /tmp/fetched`;
    await sudo(`${fetched} --log-level-console=info`);
    expect((await sudo('stat --format %s /tmp/fetched')).trim()).toBe(String(16 * 1024 * 1024));
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

  test('a full disk raises an alert, and a restore is refused before anything is stopped', async () => {
    await sudo(
      `sh -c 'fallocate --length $(($(df --output=avail --block-size=1 / | tail -n 1) - 30000000)) /var/fill'`,
    );
    await start('watch');
    expect(await alerts()).toEqual(expect.arrayContaining(['disk', 'disk-nearly-full']));
    expect(await refused('--newest', '--yes')).toMatch(/make room first\. Nothing was changed/);
    expect(await healthy()).toBe(true);
    await sudo('rm /var/fill');
    await start('watch');
    expect(await alerts()).toEqual([]);
  });

  test('a broken backup is found by the proof, which names the file, and a restore takes an older one', async () => {
    await sudo('-u postgres pgbackrest --stanza=mastodon --type=full backup');
    const newest = readdirSync(backups()).filter((name) => /^\d{8}-\d{6}F$/.test(name)).sort().at(-1) ?? ''; // prettier-ignore
    flipBytes(join(backups(), newest, 'bundle', '1'));
    await expect(start('proof')).rejects.toThrow();
    const { problem } = JSON.parse(await sudo('cat /var/lib/mastodon/proof.json')) as { problem: string };
    expect(problem).toContain(`${newest}/bundle/1`);
    await eventually('the mail', () =>
      Promise.resolve(site.listeners.mails.some(({ text }) => text.includes(`${newest}/bundle/1`))),
    );
    // A disk that lost the tables: files that are still there and sound would not be fetched.
    await sudo('systemctl stop postgresql@17-main');
    await sudo('rm -r /var/lib/postgresql/17/main/base');
    const output = await restore('--newest', '--yes');
    expect(output).toContain(`backup ${newest} can't be restored; going on with an older one`);
    expect(await posts()).toEqual(all);
    await eventually('a backup that is sound', async () => {
      await start('backup');
      await start('proof');
      return true;
    });
  });

  test('a wrong cipher is told, and nothing is changed', async () => {
    const file = '/etc/pgbackrest/conf.d/repository.conf';
    await sudo(`sed -i 's/^repo1-cipher-pass = /&x/' ${file}`);
    expect(await refused('--newest', '--yes')).toContain('the cipher');
    expect(await healthy()).toBe(true);
    await sudo(`sed -i 's/^repo1-cipher-pass = x/repo1-cipher-pass = /' ${file}`);
  });

  test('an empty bucket is told, and nothing is changed', async () => {
    const bucket = site.server.bucket(site.outputs.buckets.backups.name);
    const aside = join(site.server.cloud.stateFolder, 'aside');
    renameSync(join(bucket, 'postgresql'), aside);
    expect(await refused('--newest', '--yes')).toMatch(/there is no backup in the bucket|missing stanza/);
    expect(await healthy()).toBe(true);
    rmSync(join(bucket, 'postgresql'), { recursive: true, force: true });
    renameSync(aside, join(bucket, 'postgresql'));
    expect(await restore()).toContain('Reachable moments: 2');
  });

  test('leaves every post, nothing that failed and no alert', async () => {
    await start('watch');
    expect(await alerts()).toEqual([]);
    expect(await posts()).toEqual(all);
    expect(await sudo('converge')).toMatch(/ 0 changes\n$/);
  });
});

/** Turns over some bits in the middle of a file. */
function flipBytes(file: string): void {
  const middle = Math.floor(statSync(file).size / 2);
  const bytes = Buffer.alloc(64);
  const handle = openSync(file, 'r+');
  readSync(handle, bytes, 0, bytes.length, middle);
  writeSync(
    handle,
    bytes.map((byte) => byte ^ 0xff),
    0,
    bytes.length,
    middle,
  );
  closeSync(handle);
}
