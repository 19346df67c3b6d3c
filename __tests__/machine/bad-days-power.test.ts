/** The power fails, or the disk is full: nothing is lost. */
import { existsSync } from 'node:fs';
import { BadDays } from './badDays';
import { RecoverableServer } from './recoverableServer';

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
    expect(await refused('--newest', '--yes')).toMatch(/make room first\. Nothing was changed/);
    expect(await healthy()).toBe(true);
    await sudo('rm /var/fill');
    await start('watch');
    expect(await alerts()).toEqual([]);
  });

  test('leaves every post, nothing that failed and no alert', days.expectNothingLeft);
});
