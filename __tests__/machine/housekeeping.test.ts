/** What a server does by itself to stay well, and when. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually } from '../support/eventually';
import { DOMAIN, LocalServer } from '../support/machine/local-server';
import type { Outputs } from '../support/machine/outputs';
import { PICTURE } from '../support/machine/picture';

jest.setTimeout(300_000);

let server: LocalServer;
let outputs: Outputs;

beforeAll(async () => {
  server = await LocalServer.served();
  outputs = await server.outputs();
}, 900_000);

afterAll(() => server.remove(), 120_000);

test('housekeeping clears files away that no record names, keeps the others, and measures the buckets', async () => {
  const visitor = await server.owner();
  const { url } = (await visitor.upload(PICTURE, 'A dot')) as { url: string };
  const kept = server.bucket(outputs.buckets.media.name) + new URL(url).pathname;
  const orphan = kept.replace(/(\d{3}\/){4}\d{3}/, '000/000/000/000/001');
  expect(orphan).not.toBe(kept);
  mkdirSync(dirname(orphan), { recursive: true });
  writeFileSync(orphan, PICTURE);

  await server.sudo('systemctl start mastodon-housekeeping@monthly');
  expect([existsSync(kept), existsSync(orphan)]).toEqual([true, false]);
  await server.sudo('systemctl start mastodon-housekeeping@weekly');
  await server.sudo('systemctl start mastodon-housekeeping@daily');
  const { said } = await server.operation('status');
  expect(said).toMatch(/✓ store-media +\d+B of 466GB/);
  expect(await server.healthy()).toBe(true);
});

test('copies of other servers’ media beyond a size go from the oldest on, after an administrator agreed', async () => {
  const program = '/usr/local/lib/mastodon';
  // Sizes are what records say: the files are small.
  const script = `
    file = Tempfile.new
    bob = Account.create!(username: 'bob', domain: 'other.example')
    [1, 8, 20, 40].each do |days|
      one = bob.media_attachments.create!(file_file_name: "#{days}.png", file_content_type: 'image/png', file_file_size: 1_900_000_000,
        thumbnail_file_size: 100_000_000, width: 1, height: 1, remote_url: "https://other.example/#{days}.png", created_at: days.days.ago)
      one.paths.each { |path| MediaStorage.current.store(path, file.path, 'image/png') }
    end`;
  const question =
    "SELECT file_file_name FROM public.media_attachments WHERE remote_url <> '' AND file_file_name IS NOT NULL ORDER BY id";
  const left = async () =>
    (
      await server.ssh('alice', `sudo ${program}/in-database psql --tuples-only --no-align`, {
        input: question,
      })
    )
      .split('\n')
      .filter(Boolean);
  await server.ssh('alice', `sudo ${program}/in-mastodon bin/rails runner -`, { input: script });
  const settings = '/etc/mastodon/housekeeping-settings.sh';
  await server.root(`sed -i.was 's/^remote_media_days=.*/remote_media_days=0/; s/^remote_media_gb=.*/remote_media_gb=4/' ${settings}
    mv ${settings}.was /run/housekeeping-settings.was`);

  expect(await server.sudo('mastodonctl remote-media show 4')).toMatch(
    /in all +4 files +7\.5GB[^]*would keep 20 days and delete 2 files of 3\.8GB[^]*--agree/,
  );
  await server.sudo('systemctl start mastodon-housekeeping@daily');
  expect(await left()).toEqual(['1.png', '8.png', '20.png', '40.png']);
  expect((await server.operation('status')).said).toMatch(
    /remote-media +7\.5GB of 3\.8GB[^]*would go at once/,
  );
  await server.sudo('mastodonctl remote-media agree 4');
  await server.sudo('systemctl start mastodon-housekeeping@daily');
  expect(await left()).toEqual(['1.png', '8.png']);
  await server.sudo('systemctl start mastodon-housekeeping@daily');
  expect((await server.operation('status')).said).toMatch(/✓ remote-media +3\.8GB of 3\.8GB/);

  await server.root(`mv /run/housekeeping-settings.was ${settings}`);
  await server.sudo('systemctl start mastodon-housekeeping@daily');
  expect(await server.root('ls /var/lib/mastodon')).not.toMatch(/remote-media/);
});

test('housekeeping keeps files that no record names where they are too many, or an import is under way', async () => {
  const folder = `${server.bucket(outputs.buckets.media.name)}/media_attachments/files/000/000/000/000/000/001/original`;
  mkdirSync(folder, { recursive: true });
  const orphans = Array.from({ length: 40 }, (_, i) => join(folder, `${String(i)}.png`));
  for (const orphan of orphans) writeFileSync(orphan, PICTURE);
  const left = () => orphans.filter((orphan) => existsSync(orphan)).length;

  await server.sudo('systemctl start mastodon-housekeeping@monthly');
  expect(left()).toBe(40);
  expect(await server.ssh('bob', 'cat /var/lib/mastodon/alerts/media-orphans')).toMatch(
    /^40 of \d+ files \(\d+ %\) in the media bucket belong to no record/,
  );

  for (const orphan of orphans.slice(1)) rmSync(orphan);
  await server.sudo('/usr/local/lib/mastodon/orphans keep 60 "media were imported"');
  await server.sudo('systemctl start mastodon-housekeeping@monthly');
  expect(left()).toBe(1);
  await server.sudo('rm /var/lib/mastodon/keep-orphans');
  await server.sudo('systemctl start mastodon-housekeeping@monthly');
  expect(left()).toBe(0);
  expect(await server.ssh('bob', 'ls /var/lib/mastodon/alerts')).not.toContain('media-orphans');
});

test('the media host asks the store again after a while: what is deleted there is gone here', async () => {
  const file = '/etc/nginx/sites-enabled/media.conf';
  await server.root(`sed -i.was 's/proxy_cache_valid 200 1h/proxy_cache_valid 200 1s/' ${file}
    mv ${file}.was /run/media.conf.was
    systemctl reload nginx`);
  const { url } = (await (await server.owner()).upload(PICTURE, 'A dot')) as { url: string };
  const visitor = await server.visitor(`files.${DOMAIN}`);
  const fetched = async () => {
    const { status, headers } = await visitor.get(new URL(url).pathname);
    return [status, headers['x-cache-status']];
  };
  await eventually('it is cached', async () => (await fetched())[0] === 200);
  await eventually(
    'the store says that it has not changed',
    async () => (await fetched())[1] === 'REVALIDATED',
  );
  rmSync(server.bucket(outputs.buckets.media.name) + new URL(url).pathname);
  await eventually('it is gone', async () => (await fetched())[0] === 404, 10);
  // As Mastodon fetches other servers' files again: that a file was missing is not remembered.
  writeFileSync(server.bucket(outputs.buckets.media.name) + new URL(url).pathname, PICTURE);
  expect((await fetched())[0]).toBe(200);
  await server.root(`mv /run/media.conf.was ${file} && systemctl reload nginx`);
});

test('timers are randomised, and none of the heavy ones begins while another is at work', async () => {
  const timers = (await server.sudo('systemctl list-timers --all --no-legend mastodon-*')).match(
    /mastodon-\S+\.timer/g,
  );
  expect(timers).toEqual(
    expect.arrayContaining(
      ['backup', 'dump', 'proof', 'reboot', 'redis-snapshot', 'watch']
        .concat(['daily', 'weekly', 'monthly'].map((often) => `housekeeping@${often}`))
        .map((name) => `mastodon-${name}.timer`),
    ),
  );
  const held = server.sudo('flock /var/lib/mastodon sleep 15');
  await eventually('the lock is held', () => server.sudo('flock --nonblock /var/lib/mastodon true').then(() => false, () => true)); // prettier-ignore
  const heavy = ['backup', 'housekeeping@daily'].map((job) => `mastodon-${job}`);
  await server.sudo(`systemctl start --no-block ${heavy.join(' ')}`);
  const waits = {
    backup: '[[ $(systemctl show --property SubState --value mastodon-backup) == start-pre ]]',
    housekeeping: `pid=$(systemctl show --property MainPID --value mastodon-housekeeping@daily); ((pid)) && ! pgrep --parent "$pid"`,
  };
  for (const [job, test] of Object.entries(waits)) {
    await eventually(`${job} waits`, () => server.ssh('alice', test).then(() => true), 5);
  }
  await held;
  await server.sudo(`systemctl start ${heavy.join(' ')}`); // joins those that are at work
});

test('a housekeeping that does not end is named where a backup is late, and stopped for the next one', async () => {
  const system = '/run/systemd/system';
  const endless = 'mastodon-housekeeping@weekly';
  await server.root(`
    mkdir -p ${system}/mastodon-backup.service.d ${system}/${endless}.service.d
    hurried=$(grep ^ExecStartPre= /etc/systemd/system/mastodon-backup.service | sed 's/--stop-after 1h/--stop-after 2s/')
    printf '[Service]\\nExecStartPre=\\n%s\\n' "$hurried" >${system}/mastodon-backup.service.d/hurry.conf
    printf '[Service]\\nExecStart=\\nExecStart=/usr/local/lib/mastodon/with-lock --limit 1min /var/lib/mastodon sleep infinity\\n' >${system}/${endless}.service.d/endless.conf
    systemctl daemon-reload
    systemctl start --no-block ${endless}`);
  await eventually('it is at work', () => server.root('! flock --nonblock /var/lib/mastodon true').then(() => true)); // prettier-ignore

  const limits = '/usr/local/lib/mastodon/mastodonctl/checks/storage.py';
  await server.root(`sed -i.was 's/^BACKUP_LIMIT = .*/BACKUP_LIMIT = -1/' ${limits}`);
  const { said } = await server.operation('status');
  await server.root(`mv ${limits}{.was,}`);
  expect(said).toMatch(/age-of-backup [^]*At work[^]*mastodon-housekeeping@weekly\.service/);

  await server.root('systemctl start mastodon-backup');
  expect(await server.root(`systemctl is-active ${endless} || true`)).toBe('inactive\n');
  expect(await server.root('journalctl --unit mastodon-backup --output cat')).toMatch(
    /waiting for the lock \/var\/lib\/mastodon for at most 12 hours: held by mastodon-housekeeping@weekly\.service/,
  );
  await server.root(
    `rm -r ${system}/mastodon-backup.service.d ${system}/${endless}.service.d && systemctl daemon-reload`,
  );
});
