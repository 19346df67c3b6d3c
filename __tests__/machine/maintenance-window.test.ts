/** When a server reboots by itself. */
import { eventually } from './eventually';
import { LocalServer } from './localServer';

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
