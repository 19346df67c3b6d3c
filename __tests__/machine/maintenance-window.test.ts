/** When a server reboots by itself. */
import { eventually } from '../support/eventually';
import { LocalServer } from '../support/machine/local-server';
import { sleep } from '../support/timing';

jest.setTimeout(300_000);

let server: LocalServer;

beforeAll(async () => {
  server = await LocalServer.served();
}, 900_000);

afterAll(() => server.remove(), 120_000);

test('a reboot that an update asks for waits for the maintenance window, and then comes by itself', async () => {
  const bootId = () => server.ssh('alice', 'cat /proc/sys/kernel/random/boot_id');
  const before = await bootId();
  const hour = (ahead: number) => `${String((new Date().getUTCHours() + ahead) % 24).padStart(2, '0')}:00`;
  await server.stack.setConfig({ maintenanceWindow: `${hour(12)}-${hour(13)}` });
  await server.stack.up();
  await server.sudo('touch /run/reboot-required');
  await server.sudo('systemctl start mastodon-reboot');
  expect(await server.sudo('journalctl --unit mastodon-reboot --output cat')).toContain(
    'the maintenance window is over',
  );
  expect(await bootId()).toBe(before);
  expect((await server.operation('status')).said).toMatch(/✓ reboot +a reboot waits for/);

  await server.stack.setConfig({ maintenanceWindow: `${hour(0)}-${hour(2)}` });
  const { stdout, stderr } = await server.stack.preview();
  expect(stdout + stderr).toContain('On the machine, pulumi up writes files that need no restart.');
  await server.stack.up();
  await server.sudo('systemctl start --no-block mastodon-reboot');
  await eventually('another boot', async () => (await bootId()) !== before);
  await server.answers();
});

test('an update of PostgreSQL pauses Mastodon, and costs no job and no request that is not asked to try again', async () => {
  const visitor = await server.owner();
  const status = async () => (await visitor.get('/')).status;
  const sidekiq = () => server.root("systemctl list-units --state=active --no-legend --plain 'mastodon-sidekiq@*' | wc -l"); // prettier-ignore
  const before = await server.root('ls /etc/mastodon/sidekiq | wc -l');
  await eventually('Sidekiq is at work', async () => (await sidekiq()) === before);
  const pid = () => server.root('systemctl show --property MainPID --value postgresql@17-main');
  const postmaster = await pid();
  // What apt runs before dpkg, and after it.
  await server.root(
    'echo /var/cache/apt/archives/postgresql-17_17.6_amd64.deb | /usr/local/lib/mastodon/around-updates before',
  );
  expect([await status(), await sidekiq()]).toEqual([503, '0\n']);
  await server.root('systemctl stop postgresql@17-main');
  await server.root('systemctl start postgresql; /usr/local/lib/mastodon/around-updates after');
  await server.answers();
  await eventually('Sidekiq is at work again', async () => (await sidekiq()) === before);
  expect(await pid()).not.toBe(postmaster);
  expect(await server.root('ls /run/mastodon')).not.toMatch(/update-/);

  const hooks = await server.root('apt-config dump');
  expect(hooks).toMatch(/DPkg::Pre-Install-Pkgs:: ".*around-updates before"/);
  expect(hooks).toMatch(/DPkg::Post-Invoke:: ".*around-updates after \|\| true"/);
});

test('the packages of PostgreSQL and Redis, installed again under traffic, fail no request that is not asked to try again', async () => {
  const visitor = await server.owner();
  const mains = () =>
    server.root('systemctl show --property MainPID --value postgresql@17-main redis-server | xargs');
  const before = (await mains()).trim().split(' ');
  const answers: number[] = [];
  const work = { ended: false };
  const asking = (async () => {
    while (!work.ended) {
      answers.push((await visitor.get('/')).status);
      await sleep(100);
    }
  })();
  await server.root('apt-get install --reinstall --yes --quiet postgresql-17 redis-server >/dev/null');
  await server.answers();
  work.ended = true;
  await asking;
  expect([...new Set(answers)].sort()).toEqual([200, 503]);
  const after = (await mains()).trim().split(' ');
  expect(after).toHaveLength(2);
  expect(before.filter((pid) => after.includes(pid))).toEqual([]);
  expect(await server.root('ls /var/lib/mastodon/alerts 2>/dev/null || true')).not.toMatch(/-update/);
});

test('what still uses a library that was updated is a reason for a reboot, and is not restarted before', async () => {
  const pid = () => server.root('systemctl show --property MainPID --value redis-server');
  const before = await pid();
  // As an update does it: the file that is in use is replaced, and the package system was at work since the boot.
  const updated = await server.root(`
    library=$(awk '$6 ~ /libssl/ { print $6; exit }' "/proc/$(systemctl show --property MainPID --value redis-server)/maps")
    cp --preserve=all "$library" "$library.new" && mv "$library.new" "$library"
    touch /var/lib/dpkg/status
    needrestart -b`);
  expect(updated).toContain('NEEDRESTART-SVC: redis-server.service');
  await server.root('apt-get install --reinstall --yes --quiet jq >/dev/null');
  expect(await pid()).toBe(before);
  expect(await server.root('systemctl show --property TimersCalendar apt-daily-upgrade.timer')).toContain(
    `OnCalendar=*-*-* ${new Date().toISOString().slice(11, 13)}:00:00 UTC`,
  );

  const bootId = () => server.ssh('alice', 'cat /proc/sys/kernel/random/boot_id');
  const boot = await bootId();
  await server.sudo('systemctl start --no-block mastodon-reboot');
  await eventually('another boot', async () => (await bootId()) !== boot);
  await server.answers();
  await server.sudo('systemctl start mastodon-reboot');
  expect(await server.sudo('journalctl --boot --unit mastodon-reboot --output cat')).toContain(
    'no update asks for a reboot',
  );
});
