/** A server that moves out, and into another stack. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOMAIN } from './localServer';
import { MovingServer } from './movingServer';
import { PICTURE } from './picture';

jest.setTimeout(600_000);

/** Path of the picture on the media host. */
let picture: string;
const site = new MovingServer();
const { expectAllThere, operation, populate, sudo } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

test('has people, a post and a picture', async () => {
  picture = await populate();
  await expectAllThere();
});

test('moves out whole: environment, database, media, and what is what', async () => {
  const FOLDER = join(site.folder, 'export');
  const done = await operation('export', { FOLDER });
  expect([done.exitCode, done.said]).toEqual([0, expect.stringContaining('secrets included')]);
  expect(readdirSync(FOLDER).sort()).toEqual(['.env.production', 'README.md', 'database.dump', 'media']);
  expect(statSync(join(FOLDER, '.env.production')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(FOLDER, 'media', picture))).toEqual(PICTURE);
  expect((await operation('export', { FOLDER })).said).toContain(
    'is not empty; nothing in it is overwritten',
  );
  // What a server of before 4.4 has besides.
  writeFileSync(join(FOLDER, '.env.production'), 'OTP_SECRET="an old one"\n'.replaceAll(' ', '-'), {
    flag: 'a',
  });
});

test('makes room for another stack', async () => {
  await site.destroy();
});

test('moves into a new stack with its secrets, people, posts and media', async () => {
  const settings = await site.server.settings();
  await site.another('moved', { ...settings, domain: 'other.test' });
  const ENV = join(site.folder, 'export', '.env.production');
  expect((await operation('import', { ENV })).said).toContain(
    `LOCAL_DOMAIN is ${DOMAIN}, the setting domain is "other.test"`,
  );
  await site.server.stack.setConfig({ domain: DOMAIN });
  writeFileSync(ENV, 'LIMITED_FEDERATION_MODE=true\nES_ENABLED=true\n', { flag: 'a' });
  const refused = await operation('import', { ENV });
  expect([refused.exitCode, refused.said]).toEqual([
    1,
    expect.stringContaining('LIMITED_FEDERATION_MODE: it spoke with allowed servers alone'),
  ]);
  const secrets = await operation('import', { ENV, FORCE: 'yes' });
  expect([secrets.exitCode, secrets.said]).toEqual([0, expect.stringContaining('OTP_SECRET among them')]);
  expect(secrets.said).toContain('this program is for them: LIMITED_FEDERATION_MODE, ES_ENABLED.');
  await site.server.stack.up();
  expect((await operation('import', { ENV })).said).toContain('has secrets of its own already');
  const fresh = await site.server.outputs();
  expect(fresh.owner.password).not.toBe(site.outputs.owner.password);
  expect(fresh.recovery).toMatchObject({
    secretKeyBase: (site.outputs.recovery as unknown as { secretKeyBase: string }).secretKeyBase,
  });
  expect(await sudo('podman exec mastodon-web-1 printenv OTP_SECRET')).toBe('an-old-one\n');

  const statusOf = async (path: string) => (await (await site.server.visitor()).get(path)).status;
  expect([await statusOf('/api/v2/instance'), await statusOf('/@bob'), await statusOf('/health')]).toEqual([503, 503, 200]);
  expect(await sudo('converge')).toContain('get 503 until the old server has moved in');

  const imported = await operation('import', {
    DUMP: join(site.folder, 'export', 'database.dump'),
    MEDIA: join(site.folder, 'export', 'media'),
  });
  expect([imported.exitCode, imported.said]).toEqual([
    0,
    expect.stringContaining('imported: 2 people have accounts'),
  ]);
  expect(await statusOf('/api/v2/instance')).toBe(200);
  await expectAllThere();
  const file = await (await site.server.visitor(`files.${DOMAIN}`)).get(picture);
  expect(file.status).toBe(200);
  expect(await sudo('converge')).toMatch(/ 0 changes\n$/);
});
