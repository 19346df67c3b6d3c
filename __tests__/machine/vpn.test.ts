/** Who is not on the VPN does not reach SSH. */
import { LocalServer } from '../support/machine/local-server';

jest.setTimeout(300_000);

let server: LocalServer;

beforeAll(async () => {
  server = await LocalServer.served();
}, 900_000);

afterAll(() => server.remove(), 120_000);

test('pulumi up from outside the VPN says so within 30 seconds, and changes nothing on the machine', async () => {
  const { vpn, outsider } = server.cloud.addresses;
  await server.stack.setConfig({ vpnCidrs: [outsider.cidr] });
  const begin = Date.now();
  await expect(server.stack.up()).rejects.toThrow(
    `SSH is open to ${outsider.cidr} only (setting vpnCidrs): are you on the VPN?`,
  );
  // The firewall's own change and the program's start are in it, on a busy machine. Pulumi's own patience is minutes.
  expect(Date.now() - begin).toBeLessThan(90_000);
  expect(await server.healthy()).toBe(true);
  await server.stack.setConfig({ vpnCidrs: [vpn.cidr] });
  await server.stack.up();
});
