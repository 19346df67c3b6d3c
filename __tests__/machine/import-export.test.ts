/** A server that moves out, and into another stack. */
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOMAIN } from '../support/machine/local-server';
import { MovingServer } from '../support/machine/moving-server';
import { PICTURE } from '../support/machine/picture';
import { s3 } from '../support/machine/s3';

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
  // What a server older than 4.4 has besides.
  writeFileSync(join(FOLDER, '.env.production'), 'OTP_SECRET="an old one"\n'.replaceAll(' ', '-'), {
    flag: 'a',
  });
});

test('makes room for another stack', async () => {
  await site.destroy();
});

/** Mastodon's migration of two-factor secrets (20240307180905): it aborts, naming its switch, where OTP_SECRET doesn't fit. */
const MIGRATION = `class MigrateDeviseTwoFactorSecrets < ActiveRecord::Migration[7.2]
  def up
    return if ENV['MIGRATION_IGNORE_INVALID_OTP_SECRET'] == 'true'
    lost = select_value('SELECT count(*) FROM users WHERE otp_required_for_login AND otp_secret IS NULL')
    abort 'run it again with MIGRATION_IGNORE_INVALID_OTP_SECRET=true' if lost.positive?
  end
end
`;

/** With a dump from before that migration, of a server whose OTP_SECRET once changed. */
async function expectLostSecondFactorTold(): Promise<void> {
  const asRoot = (script: string) =>
    site.server.ssh('alice', `sudo bash -s <<'ROOT'\nset -e; cd /\n${script}\nROOT`);
  const path = '/opt/mastodon/db/post_migrate/20240307180905_migrate_devise_two_factor_secrets.rb';
  await asRoot(`cat >/root/migration.rb <<'RUBY'\n${MIGRATION}RUBY
    podman tag localhost/mastodon-web:serving localhost/mastodon-web:kept
    podman create --name patched localhost/mastodon-web:serving && podman cp /root/migration.rb patched:${path}
    podman commit --quiet patched localhost/mastodon-web:serving && podman rm patched`);
  const dump = await asRoot(`runuser -u postgres -- createdb --template template0 older
    runuser -u postgres -- pg_dump mastodon_production | runuser -u postgres -- psql --quiet older >&2
    runuser -u postgres -- psql --quiet older <<<'UPDATE users SET otp_required_for_login = true, otp_secret = NULL'
    runuser -u postgres -- pg_dump --format=custom older | base64
    runuser -u postgres -- dropdb older`);
  const DUMP = join(site.folder, 'older.dump');
  writeFileSync(DUMP, Buffer.from(dump, 'base64'));
  const { exitCode, said } = await operation('import', { DUMP });
  await asRoot('podman tag localhost/mastodon-web:kept localhost/mastodon-web:serving');
  expect([exitCode, said]).toEqual([
    1,
    expect.stringContaining('OTP_SECRET does not open the second factor of: alice.'),
  ]);
  expect(said).toContain('continue with --force. Nothing was changed');
}

test('moves into a new stack with its secrets, people, posts and media', async () => {
  const settings = await site.server.settings();
  await site.another('moved', { ...settings, domain: 'other.test' });
  const ENV = join(site.folder, 'export', '.env.production');
  expect((await operation('import', { ENV })).said).toContain(
    `LOCAL_DOMAIN is ${DOMAIN}, the setting domain is "other.test"`,
  );
  await site.server.stack.setConfig({ domain: DOMAIN });
  writeFileSync(ENV, 'S3_KEY_PREFIX=old/\nDEFAULT_LOCALE=de\nOUR_OWN=1\n', { flag: 'a' });
  const refused = await operation('import', { ENV });
  expect([refused.exitCode, refused.said]).toEqual([
    1,
    expect.stringContaining('S3_KEY_PREFIX: media are in a folder of the old bucket'),
  ]);
  const secrets = await operation('import', { ENV, FORCE: 'yes' });
  expect([secrets.exitCode, secrets.said]).toEqual([0, expect.stringContaining('OTP_SECRET among them')]);
  expect(secrets.said).toMatch(/Taken over into the settings:.* DEFAULT_LOCALE$/m);
  expect(secrets.said).toMatch(/from mastodon\.extraEnvironment: OUR_OWN$/m);
  await site.server.stack.up();
  expect(await sudo('podman exec mastodon-web-1 printenv DEFAULT_LOCALE')).toBe('de\n');
  expect((await operation('import', { ENV })).said).toContain('has secrets of its own already');
  const fresh = await site.server.outputs();
  expect(fresh.owner.password).not.toBe(site.outputs.owner.password);
  expect(fresh.recovery).toMatchObject({
    secretKeyBase: (site.outputs.recovery as unknown as { secretKeyBase: string }).secretKeyBase,
  });
  expect(await sudo('podman exec mastodon-web-1 printenv OTP_SECRET')).toBe('an-old-one\n');

  const statusOf = async (path: string) => (await (await site.server.visitor()).get(path)).status;
  expect([await statusOf('/api/v2/instance'), await statusOf('/@bob'), await statusOf('/health')]).toEqual([
    503, 503, 200,
  ]);
  expect(await sudo('converge')).toContain('get 503 until the old server has moved in');

  await expectLostSecondFactorTold();
  const imported = await operation('import', {
    DUMP: join(site.folder, 'export', 'database.dump'),
    MEDIA: join(site.folder, 'export', 'media'),
  });
  expect([imported.exitCode, imported.said]).toEqual([
    0,
    expect.stringContaining('imported: 2 people have accounts'),
  ]);
  // For 60 days: the mark of the database's import, 4 weeks, does not shorten it.
  expect(await sudo('cat /var/lib/mastodon/keep-orphans')).toContain('media were imported');
  expect(await statusOf('/api/v2/instance')).toBe(200);
  await expectAllThere();
  const file = await (await site.server.visitor(`files.${DOMAIN}`)).get(picture);
  expect([file.status, file.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
  // At the store's own address too, as of what Mastodon uploads.
  const Bucket = fresh.buckets.media.name;
  const object = new HeadObjectCommand({ Bucket, Key: picture.replace(/^\//, '') });
  expect((await (await s3(site.server, 'media')).send(object)).CacheControl).toBe(
    'public, max-age=315576000, immutable',
  );
  expect(await sudo('converge')).toMatch(/ 0 changes\n$/);
});
