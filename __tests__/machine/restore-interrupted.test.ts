/** A restore that was interrupted is not left half-way. */
import { existsSync } from 'node:fs';
import { eventually } from '../support/eventually';
import { RecoverableServer } from '../support/machine/recoverable-server';

jest.setTimeout(300_000);

const site = new RecoverableServer();
const { answers, moment, onDisk, post, posts, powerCut, restore, sudo } = site;
beforeAll(async () => {
  await site.up();
  await post('First');
  await post('Second');
}, 900_000);
afterAll(() => site.remove(), 120_000);

describe('a restore', () => {
  test('that was killed is taken up by running it again', async () => {
    const here = await moment();
    await post('Too late');
    const killed = restore('--to', here, '--yes').catch(String);
    await eventually('half a restore', () =>
      Promise.resolve(existsSync(onDisk('var/lib/mastodon/restore-pending'))),
    );
    await sudo(`pkill --signal KILL --full '[r]estore-database'`);
    expect(await killed).toContain('sudo mastodon-restore --resume');
    await restore('--to', here, '--yes');
    expect(await posts()).toEqual(['Second', 'First']);
  });

  test('that a power cut ended resumes by itself at the next boot', async () => {
    const here = await moment();
    await post('Too late again');
    const cut = restore('--to', here, '--yes').catch(String);
    await eventually('half a restore', () =>
      Promise.resolve(existsSync(onDisk('var/lib/mastodon/restore-pending'))),
    );
    await powerCut();
    await cut;
    await eventually(
      'the restore is over',
      () => Promise.resolve(!existsSync(onDisk('var/lib/mastodon/restore-request'))),
      240,
    );
    await answers();
    expect(await posts()).toEqual(['Second', 'First']);
  });

  test('does not stumble over files that were left empty', async () => {
    const here = await moment();
    const file = `/var/lib/postgresql/17/main/${await site.server.sql(`SELECT pg_relation_filepath('statuses')`)}`;
    const inode = async () => await sudo(`stat --format %i ${file}`);
    await sudo('systemctl stop postgresql@17-main');
    await sudo(`truncate --size 0 ${file}`);
    const before = await inode();
    // Kept open, so that its number is not given to another file.
    await sudo(`systemd-run --quiet --unit hold sh -c 'exec sleep infinity <${file}'`);
    await restore('--to', here, '--yes');
    // pgBackRest 2.50 fails on it, later ones don't: so it must have been deleted, and written again.
    expect(await inode()).not.toBe(before);
    await sudo('systemctl stop hold');
    expect(await posts()).toEqual(['Second', 'First']);
  });
});
