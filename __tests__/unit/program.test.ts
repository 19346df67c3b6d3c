import * as pulumi from '@pulumi/pulumi';
import { mockProgram, type Registered, settled } from '../../trials/program-mocks';
import { exampleSettings } from '../support/example-settings';

const registered: Registered[] = [];
// Each run of the program adds one.
process.setMaxListeners(20);

interface Program {
  url: string;
  publicAddress: pulumi.Output<string>;
  dnsRecords: pulumi.Output<{ host: string }[]>;
  recovery: pulumi.Output<unknown>;
  vpnConfigurations: pulumi.Output<Record<string, string>>;
}

/** Runs the whole program under Pulumi's mocks. */
async function program(changes: Record<string, unknown> = {}): Promise<Program> {
  registered.length = 0;
  jest.resetModules();
  const runtime = await import('@pulumi/pulumi');
  await mockProgram(runtime, { ...rawSettings(), ...changes }, registered);
  const result = (await import('../../index')) as unknown as Program;
  await settled(runtime);
  return result;
}

function rawSettings(): Record<string, unknown> {
  const { domain, region, image, vpnCidrs, administrators, smtp, mastodon } = exampleSettings();
  return { domain, region, image, vpnCidrs, administrators, smtp, mastodon };
}

const of = (type: string) => registered.filter((resource) => resource.type.endsWith(`:${type}`));

describe('the program', () => {
  test('opens SSH to the VPN only and turns the default rules off', async () => {
    await program();
    const [firewall] = of('Firewall');
    expect(firewall?.inputs.createDefaultRules).toBe(false);
    expect(firewall?.inputs.ingressRules).toEqual(
      expect.arrayContaining([expect.objectContaining({ portRange: '22', cidrs: ['10.8.0.0/24'] })]),
    );
    expect(firewall?.inputs.egressRules).toHaveLength(3);
  });

  test('gives each bucket a credential of its own', async () => {
    await program();
    const keys = of('ObjectStore').map(({ inputs }) => inputs.accessKeyId);
    expect(keys).toEqual(['key-of-mastodon-test-media', 'key-of-mastodon-test-backups']);
  });

  test('makes the records at Civo, or lists them', async () => {
    await program();
    expect(of('DnsDomainRecord').map(({ inputs }) => inputs.name)).toEqual(['@', 'files']);
    const { dnsRecords } = await program({ dns: 'external' });
    expect(of('DnsDomainRecord')).toEqual([]);
    const records = await new Promise<{ host: string }[]>((resolve) => dnsRecords.apply(resolve));
    expect(records.map(({ host }) => host)).toEqual(['toot.example', 'files.toot.example']);
  });

  test('hands the secrets over on standard input only', async () => {
    await program();
    const [hostKey, converge] = of('remote:Command');
    expect(String(converge?.inputs.stdin)).toContain('generated-mastodon-test-secrets-secret-key-base');
    for (const command of [hostKey, converge])
      expect(String(command?.inputs.create)).not.toMatch(/generated-|private-/);
    expect(JSON.stringify(of('Instance')[0]?.inputs)).not.toMatch(
      /generated-|secret-of-|private-mastodon-test-secrets/,
    );
  });

  test('verifies the first connection with the one-time key and every other with the lasting one', async () => {
    await program();
    const [hostKey, converge] = of('remote:Command').map(
      ({ inputs }) => (inputs.connection as { hostKey: string }).hostKey,
    );
    expect(hostKey).toContain('boot-host-key');
    expect(converge).toBe('public-mastodon-test-secrets-host-key');
  });

  test('is the end point of a VPN where it is asked to be, and comes through it', async () => {
    const { vpnConfigurations } = await program({ vpn: 'wireguard', vpnCidrs: ['203.0.113.7/32'] });
    const connectionOf = () => of('remote:Command')[1]?.inputs.connection as { host: string };
    expect(connectionOf().host).toBe('192.0.2.7');
    expect(await pulumi.isSecret(vpnConfigurations)).toBe(true);
    const configurations = await new Promise<Record<string, string>>((resolve) =>
      vpnConfigurations.apply(resolve),
    );
    expect(Object.keys(configurations)).toEqual(['alice', 'bob']);
    expect(configurations.alice).toContain('Endpoint = 192.0.2.7:51820\n');
    expect(JSON.stringify(of('Instance')[0]?.inputs)).not.toContain('PrivateKey');

    await program({ vpn: 'wireguard', vpnCidrs: [] });
    expect(connectionOf().host).toBe('10.207.0.1');
    expect((await program()).vpnConfigurations).toEqual({});
  });

  // Backup, its proof and the migrations of a large database come one after the other.
  test('gives an upgrade four hours', async () => {
    jest.resetModules();
    const registering = jest.spyOn(await import('@pulumi/pulumi/runtime/resource'), 'registerResource');
    const runtime = await import('@pulumi/pulumi');
    await mockProgram(runtime, rawSettings(), []);
    await import('../../index');
    await settled(runtime);
    const [options] = registering.mock.calls.flatMap(([, , , name, , , , , opts]) =>
      name.endsWith('-converge') ? [opts] : [],
    );
    expect(options?.customTimeouts).toEqual({ create: '60m', update: '4h' });
  });

  test('keeps its outputs secret where they are', async () => {
    const { recovery, publicAddress } = await program();
    expect(await pulumi.isSecret(recovery)).toBe(true);
    expect(await pulumi.isSecret(publicAddress)).toBe(false);
  });

  test('registers nothing when a setting is wrong, and reports all that are', async () => {
    await expect(program({ domain: 'x', mediaGb: 7 })).rejects.toThrow(
      /These 2 settings[^]*:domain = "x"[^]*:mediaGb = 7/,
    );
    expect(registered).toEqual([]);
  });
});
