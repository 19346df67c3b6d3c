/** A part of the backups is missing or broken: it is reported, and nothing is lost. */
import {
  closeSync, openSync, readdirSync, readSync, renameSync, statSync, writeSync,
} from 'node:fs'; // prettier-ignore
import { basename, join } from 'node:path';
import { BadDays } from '../support/machine/bad-days';
import { eventually } from '../support/eventually';
import { RecoverableServer } from '../support/machine/recoverable-server';

jest.setTimeout(600_000);

const LOCKS = '/var/spool/pgbackrest/lock';
const site = new RecoverableServer();
const days = new BadDays(site);
const { alerts, inBackups, moment, post, posts, restore, start, sudo } = site;
beforeAll(() => site.up(), 900_000);
afterAll(() => site.remove(), 120_000);

describe('on a bad day', () => {
  beforeAll(days.begin);

  test('a gap in the WAL is reported by a restore that ends there, and what is behind it can be reached', async () => {
    const sql = (query: string) => sudo(`-u postgres psql -tAc '${query}'`);
    const segment = (await sql('SELECT pg_walfile_name(pg_current_wal_lsn())')).trim();
    await post('In the gap');
    await sql('SELECT pg_switch_wal()');
    await post('Behind the gap');
    const here = await moment();
    await sql('SELECT pg_switch_wal()');
    await eventually('the log is in the bucket', async () => (await days.waiting()) === 0, 90);

    const archive = inBackups('postgresql', 'archive', 'mastodon');
    const path = readdirSync(archive, { recursive: true, encoding: 'utf8' }).find((file) =>
      basename(file).startsWith(`${segment}-`),
    );
    if (path === undefined) throw new Error(`${segment} is not in the bucket`);
    const aside = join(site.server.cloud.stateFolder, 'segment');
    renameSync(join(archive, path), aside);
    expect(await restore('--newest', '--yes')).toContain('the log has a gap behind');
    await days.expectAllPosts();
    expect(await alerts()).toEqual(['gap-in-the-log']);

    renameSync(aside, join(archive, path));
    await restore('--to', here, '--yes');
    expect(await posts()).toEqual(['Behind the gap', 'In the gap', ...days.posts]);
    days.posts = await posts();
    await sudo('/usr/local/lib/mastodon/alert clear gap-in-the-log');

    // pgBackRest's own processes may hold each other up: then the segment is fetched by one that needs no lock.
    const fetched = `-u postgres flock ${LOCKS}/mastodon-archive-1.lock /usr/local/lib/mastodon/fetch-wal ${segment} /tmp/fetched`;
    await sudo(`${fetched} --log-level-console=info`);
    expect((await sudo('stat --format %s /tmp/fetched')).trim()).toBe(String(16 * 1024 * 1024));
  });

  test('a broken backup is found by the proof, which names the file, and a restore takes an older one', async () => {
    await site.fullBackup();
    const newest = readdirSync(inBackups('postgresql', 'backup', 'mastodon')).filter((name) => /^\d{8}-\d{6}F$/.test(name)).sort().at(-1) ?? ''; // prettier-ignore
    flipBytes(join(inBackups('postgresql', 'backup', 'mastodon'), newest, 'bundle', '1'));
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
    expect(output).toContain(`backup ${newest} can't be restored; continuing with an older one`);
    await days.expectAllPosts();
    await eventually('a backup that is sound', async () => {
      await start('backup');
      await start('proof');
      return true;
    });
  });

  test('a backup that is run by hand and one by the timer exclude each other', async () => {
    const byHand = `systemd-run --quiet --unit by-hand --uid postgres flock ${LOCKS}/mastodon-backup-1.lock sleep infinity`;
    await sudo(byHand);
    await expect(start('backup')).rejects.toThrow();
    const said = await sudo('journalctl --unit mastodon-backup --output cat --lines 20');
    expect(said).toContain('unable to acquire lock');
    await sudo('systemctl stop by-hand');
    await start('backup');
  });

  test(
    'leaves every post, nothing that failed and no alert, when the backups are whole again',
    days.expectNothingLeft,
  );
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
