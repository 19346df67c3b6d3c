/** What a server does by itself to stay well, and when. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { eventually } from './eventually';
import { LocalServer, type Outputs } from './localServer';
import { PICTURE } from './picture';

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
  for (const unit of heavy) {
    const waits = `pid=$(systemctl show --property MainPID --value ${unit}); ((pid)) && ! pgrep --parent "$pid"`;
    await eventually(`${unit} waits`, () => server.ssh('alice', waits).then(() => true), 5);
  }
  await held;
  await server.sudo(`systemctl start ${heavy.join(' ')}`); // joins those that are at work
});
