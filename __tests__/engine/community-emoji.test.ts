/** Custom emoji, which come with pictures, carried out by Mastodon's code (the stand-in's). Needs root (chroot). */
import { folderOf } from '../../community-files/folder';
import { writtenPictures } from '../../community-files/lists';
import { pulled } from '../../community-files/pull';
import type { Server } from '../../community-files/types';
import { written } from '../../community-files/write';
import { sound } from '../support/community/files';
import { CommunityStandIn } from '../support/community/stand-in';

jest.setTimeout(600_000);

const png = (text: string) =>
  Buffer.concat([Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==', 'base64'), Buffer.from(text)]); // prettier-ignore
const TEAM =
  'people:\n  - { username: alice, email: alice@mastodon.test, role: Owner }\n  - { username: bob, email: bob@mastodon.test, role: Owner }\n';
const byHand = (shortcode: string, text: string) =>
  `CustomEmoji.find_or_initialize_by(shortcode: '${shortcode}').then { |emoji| File.binwrite('/tmp/x.png', '${png(text).toString('base64')}'.unpack1('m')); emoji.image = File.open('/tmp/x.png'); emoji.image_updated_at += ${text === 'adopted' ? '0' : '2'}; emoji.save! }`;

let server: CommunityStandIn;
let files: Record<string, string | Buffer> = {
  'team.yaml': TEAM,
  'custom-emoji.yaml':
    'custom_emoji:\n  - { shortcode: blobcat, category: Blobs } # ours\n  - { shortcode: party, image: emoji/old/party.png, visible_in_picker: false }\n  - shortcode: adopted\n',
  'emoji/blobcat.png': png('blobcat'),
  'emoji/old/party.png': png('party'),
  'emoji/adopted.png': png('adopted'),
};

const read = () => sound(folderOf(files), { own: ['mastodon.test'] });
const apply = () => server.apply(read().community);

beforeAll(async () => {
  server = await CommunityStandIn.start('4.6.5');
  await server.ruby(byHand('adopted', 'adopted'));
});

afterAll(() => server.stop());

test('takes the pictures over, adopts one that is there already, and has nothing to do the second time', async () => {
  const said = await apply();
  expect(said).toContain('+ customEmoji/blobcat (emoji/blobcat.png)');
  expect(said).toContain('= customEmoji/adopted as it was on the server');
  expect(
    await server.ruby(`[CustomEmoji.order(:shortcode).map { |one| [one.shortcode, one.category&.name, one.visible_in_picker] },
      Admin::ActionLog.where(target_type: 'CustomEmoji').pluck(:action)]`),
  ).toEqual([
    [
      ['adopted', null, true],
      ['blobcat', 'Blobs', true],
      ['party', null, false],
    ],
    ['create', 'create'],
  ]);
  expect(await apply()).toBe('community applied: 0 changes\n');
});

test('a pull takes over what was uploaded, changed and removed by hand, with the pictures', async () => {
  await server.ruby(
    `[${byHand('blobcat', 'another')}, ${byHand('made', 'made')}, CustomEmoji.find_by!(shortcode: 'adopted').destroy!, CustomEmoji.find_by!(shortcode: 'party').update!(disabled: true)].size`,
  );
  const present = await server.ask<Omit<Server, 'drift'>>('read');
  const drift = await server.ask<Server['drift']>('drift');
  const { community: wanted } = pulled(read().community, { ...present, drift }, [], new Date());
  const pictures = writtenPictures(folderOf(files), wanted.lists ?? {});
  expect([...pictures.keys()]).toEqual(['emoji/blobcat.png', 'emoji/made.png']);
  files = {
    ...files,
    ...Object.fromEntries(
      new Map<string, string | Buffer>([...written(folderOf(files), read(), wanted), ...pictures]),
    ),
  };
  expect(files['custom-emoji.yaml']).toContain('# ours');
  expect(read().community.lists?.custom_emoji).toMatchObject([
    { shortcode: 'blobcat', category: 'Blobs' },
    { shortcode: 'party', image: 'emoji/old/party.png', visible_in_picker: false, disabled: true },
    { shortcode: 'made', image: 'emoji/made.png' },
  ]);
  expect(files['emoji/made.png']).toEqual(png('made'));
  expect(await apply()).toMatch(/^( {2}[=.] .*\n)+community applied: 4 changes\n$/);
  expect(await apply()).toBe('community applied: 0 changes\n');
});

test('changes and removes', async () => {
  files = {
    ...files,
    'emoji/made.png': png('newer'),
    'custom-emoji.yaml': 'custom_emoji:\n  - { shortcode: made, category: New }\n',
  };
  const said = await apply();
  expect(said).toMatch(/~ customEmoji\/made \(category null → New, sha256 /);
  expect(said).toContain('- customEmoji/party');
  expect(await server.ruby(`[CustomEmoji.pluck(:shortcode), CustomEmoji.first.category.name]`)).toEqual([
    ['made'],
    'New',
  ]);
});
