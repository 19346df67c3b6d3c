import { generateKeyPairSync } from 'node:crypto';
import * as pulumi from '@pulumi/pulumi';
import { exampleSettings } from './exampleSettings';

/** A resource as the program registered it. */
interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

/** What marks a secret on its way to the engine. */
const SECRET = '4dabf18193072939515e22adb298388d';

const registered: Registered[] = [];
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const pem = privateKey.export({ type: 'sec1', format: 'pem' });
const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });

/** What a resource of each type has besides its inputs. */
const outputs: Record<string, (name: string) => object> = {
  'random:index/randomPassword:RandomPassword': (name) => ({ result: `generated-${name}` }),
  'tls:index/privateKey:PrivateKey': (name) => ({
    privateKeyPem: name.endsWith('-wireguard-key') ? ed25519 : pem,
    privateKeyOpenssh: `private-${name}\n`,
    publicKeyOpenssh: `public-${name}\n`,
  }),
  'civo:index/reservedIp:ReservedIp': () => ({ ip: '192.0.2.7' }),
  'civo:index/objectStore:ObjectStore': () => ({ bucketUrl: 'objectstore.lon1.civo.com' }),
  'civo:index/objectStoreCredential:ObjectStoreCredential': (name) => ({
    accessKeyId: `key-of-${name}`,
    secretAccessKey: `secret-of-${name}`,
  }),
};

/** The inputs with the wrapping of secrets taken off. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (SECRET in value) return plain((value as unknown as { value: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

interface Program {
  url: string;
  publicAddress: pulumi.Output<string>;
  dnsRecords: pulumi.Output<{ host: string }[]>;
  recovery: pulumi.Output<unknown>;
  vpnConfigurations?: pulumi.Output<Record<string, string>>;
}

/** Runs the whole program under Pulumi's mocks. */
async function program(changes: Record<string, unknown> = {}): Promise<Program> {
  registered.length = 0;
  jest.resetModules();
  const runtime = await import('@pulumi/pulumi');
  await runtime.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, name, inputs: plain(inputs) as Record<string, unknown> });
        return { id: `${name}-id`, state: { ...(inputs as object), ...outputs[type]?.(name) } };
      },
      call: () => ({ diskimages: [{ id: 'image-id', name: 'debian-13' }] }),
    },
    'mastodon-on-civo',
    'test',
  );
  // Pulumi's mocks say that they know hooks, and then don't take them.
  const taken = (_request: unknown, answer: (error: null, response: object) => void) => {
    answer(null, {});
  };
  Object.assign(runtime.runtime.getMonitor() as object, {
    registerResourceHook: taken,
    registerErrorHook: taken,
  });
  const config: Record<string, string> = {};
  for (const [key, value] of Object.entries({ ...rawSettings(), ...changes })) {
    config[`mastodon-on-civo:${key}`] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  runtime.runtime.setAllConfig(config);
  const result = (await import('../../index')) as unknown as Program;
  // Not among the types, but what `disconnect` itself waits for.
  await (runtime.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
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

  test('makes the records at Civo, or tells them', async () => {
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
    expect(String(converge?.inputs.stdin)).toContain('generated-secrets-secret-key-base');
    for (const command of [hostKey, converge])
      expect(String(command?.inputs.create)).not.toMatch(/generated-|private-/);
    expect(JSON.stringify(of('Instance')[0]?.inputs)).not.toMatch(/generated-|secret-of-|private-secrets/);
  });

  test('verifies the first connection with the one-time key and every other with the lasting one', async () => {
    await program();
    const [hostKey, converge] = of('remote:Command').map(
      ({ inputs }) => (inputs.connection as { hostKey: string }).hostKey,
    );
    expect(hostKey).toContain('boot-host-key');
    expect(converge).toBe('public-secrets-host-key');
  });

  test('is the end point of a VPN where it is asked to be, and comes through it', async () => {
    const { vpnConfigurations } = await program({ vpn: 'wireguard', vpnCidrs: ['203.0.113.7/32'] });
    const connectionOf = () => of('remote:Command')[1]?.inputs.connection as { host: string };
    expect(connectionOf().host).toBe('192.0.2.7');
    if (!vpnConfigurations) throw new Error('there is no VPN');
    expect(await pulumi.isSecret(vpnConfigurations)).toBe(true);
    const configurations = await new Promise<Record<string, string>>((resolve) =>
      vpnConfigurations.apply(resolve),
    );
    expect(Object.keys(configurations)).toEqual(['alice', 'bob']);
    expect(configurations.alice).toContain('Endpoint = 192.0.2.7:51820\n');
    expect(JSON.stringify(of('Instance')[0]?.inputs)).not.toContain('PrivateKey');

    await program({ vpn: 'wireguard', vpnCidrs: [] });
    expect(connectionOf().host).toBe('10.207.0.1');
    expect((await program()).vpnConfigurations).toBeUndefined();
  });

  test('keeps its outputs secret where they are', async () => {
    const { recovery, publicAddress } = await program();
    expect(await pulumi.isSecret(recovery)).toBe(true);
    expect(await pulumi.isSecret(publicAddress)).toBe(false);
  });

  test('registers nothing when a setting is wrong, and tells all that are', async () => {
    await expect(program({ domain: 'x', mediaGb: 7 })).rejects.toThrow(
      /These 2 settings[^]*:domain = "x"[^]*:mediaGb = 7/,
    );
    expect(registered).toEqual([]);
  });
});
