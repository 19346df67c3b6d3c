/** A restore leads to the moment that was asked for, and can be undone. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { postWithPicture } from '../support/machine/picture';
import { RecoverableServer } from '../support/machine/recoverable-server';

jest.setTimeout(300_000);

const site = new RecoverableServer();
const { healthy, moment, post, posts, refused, restore, start, undo } = site;
beforeAll(() => site.up(), 900_000);
afterAll(() => site.remove(), 120_000);

describe('a restore', () => {
  /** The key of the first post's picture in the media bucket. */
  let picture: string;
  let between: string;
  let before: string;

  test('shows what is there and which moments can be reached', async () => {
    await site.fullBackup();
    await start('dump');
    picture = (await postWithPicture(site.visitor, 'First')).pathname.slice(1);
    between = await moment();
    await post('Second');
    const shown = await restore();
    expect(shown).toMatch(/\d{8}-\d{6}F +full +\d{4}-\S+ \S+ +database +\S+B, in the bucket +\S+B/);
    expect(shown).toMatch(/mastodon-\d{8}T\d{6}Z\.dump\.gpg +\S+B/);
    expect(shown).toMatch(/Reachable moments: \d{4}-\S+ \S+ to \d{4}-/);
  });

  test('is asked for from a laptop by bin/mastodon restore', async () => {
    const { exitCode, stdout } = await site.server.operation('restore', { LIST: 'yes' });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Reachable moments')]);
  });

  test('asks first: without a terminal and without --yes it changes nothing', async () => {
    const output = await refused('--to', between);
    expect(output).toContain('Overwritten would be what was written from');
    expect(output).toContain(': 1 posts, 0 accounts');
    expect(output).toContain('there is no terminal');
    expect(await posts()).toEqual(['Second', 'First']);
  });

  test.each(['2020-01-01 00:00+00', '2999-01-01 00:00+00', 'yesterdayish'])(
    'to %s is refused, with the range or an example',
    async (time) => {
      expect(await refused('--to', time, '--yes')).toMatch(
        /can't be reached; reachable moments: \d{4}-\S+ \S+ to \d{4}-|is no moment; expected one such as/,
      );
      expect(await healthy()).toBe(true);
    },
  );

  test('leads to a moment between two posts, and the media are still there', async () => {
    const output = await restore('--to', between, '--yes');
    expect(output).toMatch(/reached: \d{4}-\S+ \S+ from backup \d{8}-\d{6}F/);
    expect(await posts()).toEqual(['First']);
    expect(existsSync(join(site.server.bucket(site.outputs.buckets.media.name), picture))).toBe(true);
    before = undo(output);
  });

  test('can be undone: what it overwrote is reached by the moment that it names', async () => {
    await post('Meanwhile');
    await restore('--to', before, '--yes');
    expect(await posts()).toEqual(['Second', 'First']);
  });

  test('is not needed to look into a moment: mastodon-past shows it beside the live database', async () => {
    const shown = await site.sudo(`mastodon-past '${between}'`);
    expect(shown).toMatch(/reached: \d{4}-\S+ \S+ from backup \d{8}-\d{6}F/);
    const [, look = ''] = /To look into it: +sudo (.*)/.exec(shown) ?? [];
    expect(look).not.toBe('');
    expect(await site.sudo(`${look} -tAc 'SELECT count(*) FROM statuses'`)).toBe('1\n');
    await expect(site.sudo(`${look} -c 'DELETE FROM statuses'`)).rejects.toThrow('read-only');
    expect(await posts()).toEqual(['Second', 'First']);
    await expect(site.sudo(`mastodon-past '2020-01-01'`)).rejects.toThrow('no backup leads to 2020-01-01');
    await site.sudo('mastodon-past --end');
    expect(await site.sudo('ls /var/lib/postgresql')).toBe('17\n');
    expect(await healthy()).toBe(true);
  });

  test('of a dump needs nothing but the dump, and can be undone', async () => {
    await start('dump');
    await post('After the dump');
    const output = await restore('--dump', 'newest', '--yes');
    expect(output).toMatch(/reached: \S+ \S+ from mastodon-\S+\.dump\.gpg/);
    expect(await posts()).toEqual(['Second', 'First']);
    await restore('--to', undo(output), '--yes');
    expect(await posts()).toEqual(['After the dump', 'Second', 'First']);
  });

  test('of a backup without data checksums enables them, and the next backup is a full one that checks pages', async () => {
    const checksums = () => site.sql('SHOW data_checksums');
    expect(await checksums()).toBe('on');
    await site.server.root(`
      systemctl stop postgresql@17-main
      runuser -u postgres -- /usr/lib/postgresql/17/bin/pg_checksums --disable --pgdata /var/lib/postgresql/17/main
      /usr/local/lib/mastodon/start-database`);
    await site.fullBackup();
    expect(await checksums()).toBe('off');

    await restore('--newest', '--yes');
    expect(await checksums()).toBe('on');
    expect(await posts()).toEqual(['After the dump', 'Second', 'First']);
    await start('backup'); // joins the one that the restore began, or makes another
    const info = await site.sudo(
      '-u postgres pgbackrest --stanza=mastodon repo-get backup/mastodon/backup.info',
    );
    const made = [...info.matchAll(/^(\d{8}-\d{6}F)=.*"option-checksum-page":(true|false)/gm)];
    expect(made.at(-2)?.[2]).toBe('false');
    expect(made.at(-1)?.[2]).toBe('true');
  });
});
