/** Media and dumps are in a second store, too, and are restored from there. */
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PICTURE, postWithPicture } from '../support/machine/picture';
import { RecoverableServer, SECOND } from '../support/machine/recoverable-server';

jest.setTimeout(300_000);

/** The key of the first post's picture in the media bucket. */
let picture: string;

const site = new RecoverableServer();
const { post, posts, refused, restore, start, sudo, undo } = site;
beforeAll(async () => {
  await site.up();
  picture = (await postWithPicture(site.visitor, 'First')).pathname.slice(1);
  await post('Second');
  await start('dump');
  await post('After the dump');
}, 900_000);
afterAll(() => site.remove(), 120_000);

describe('media and dumps', () => {
  test('are copied to a second store, where a deletion in the first does not reach', async () => {
    await start('secondary');
    const copy = join(site.server.bucket(SECOND), 'media', picture);
    expect(statSync(copy).size).toBe(PICTURE.length);
    expect(
      readdirSync(join(site.server.bucket(SECOND), 'dumps')).some((name) => name.endsWith('.dump.gpg')),
    ).toBe(true);
    const first = join(site.server.bucket(site.outputs.buckets.media.name), picture);
    renameSync(first, `${site.server.folder}/picture`);
    await start('secondary');
    expect(existsSync(copy)).toBe(true);
    renameSync(`${site.server.folder}/picture`, first);
  });

  test('come back from the second store alone', async () => {
    const before = await posts();
    const bucket = site.server.bucket(site.outputs.buckets.backups.name);
    const aside = join(site.server.cloud.stateFolder, 'dumps');
    renameSync(join(bucket, 'dumps'), aside);
    expect(await refused('--dump', 'newest', '--yes')).toContain('there is no dump in backups');
    const output = await restore('--dump', 'newest', '--from', 'secondary', '--yes');
    expect(output).toMatch(/reached: \S+ \S+ from mastodon-\S+\.dump\.gpg/);
    expect(await posts()).toEqual(['Second', 'First']);
    // The media of the posts that the dump lacks: those can still be brought back.
    expect(await site.server.sudo('cat /var/lib/mastodon/keep-orphans')).toContain('restored from mastodon-');
    renameSync(aside, join(bucket, 'dumps'));
    await restore('--to', undo(output), '--yes');
    expect(await posts()).toEqual(before);
  });

  test('can be deleted for good where the store keeps no versions: that is reported', async () => {
    expect(await sudo('jq --raw-output .media.versioning /var/lib/mastodon/kept-versions.json')).toBe(
      'Unversioned\n',
    );
  });
});
