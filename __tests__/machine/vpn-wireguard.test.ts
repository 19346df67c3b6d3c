/** The machine is itself the end point of a VPN. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureHostPackages } from '../../local/host-packages';
import { WIREGUARD } from '../../network/wireguard';
import { takesConnectionsFrom } from '../support/machine/connections';
import { eventually } from '../support/eventually';
import { LocalServer } from '../support/machine/local-server';

jest.setTimeout(300_000);

const run = promisify(execFile);

let server: LocalServer;

beforeAll(async () => {
  server = await LocalServer.served();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

test('with vpn: wireguard the machine is the end point of a VPN, and SSH is reached through that alone', async () => {
  await ensureHostPackages(['wireguard-tools', 'wireguard-go']);
  await server.stack.setConfig({ vpn: 'wireguard' });
  await server.stack.up();
  const { vpnConfigurations } = await server.stack.outputs<{ vpnConfigurations: Record<string, string> }>({
    showSecrets: true,
  });
  const { publicAddress } = await server.outputs();
  expect(Object.keys(vpnConfigurations)).toEqual(['alice', 'bob']);
  const file = join(server.folder, `wg-alice${String(server.cloud.slot)}.conf`);
  writeFileSync(file, vpnConfigurations.alice ?? '', { mode: 0o600 });
  await run('wg-quick', ['up', file]);
  try {
    // From now on pulumi up itself comes through the tunnel.
    await server.stack.setConfig({ vpnCidrs: undefined });
    await server.stack.up();
    const through = { address: WIREGUARD.machine };
    expect(await server.ssh('alice', 'sudo wg show wg0 peers | wc --lines', through)).toBe('2\n');
    const { vpn, outsider } = server.cloud.addresses;
    for (const computer of [vpn, outsider])
      expect(await takesConnectionsFrom(computer, publicAddress, 22)).toBe(false);
    await eventually('HTTPS is open', () => takesConnectionsFrom(outsider, publicAddress, 443));

    await server.stack.setConfig({ generation: 2 });
    await expect(server.stack.preview()).rejects.toThrow('A new machine has no VPN keys yet');
  } finally {
    await run('wg-quick', ['down', file]);
  }
});
