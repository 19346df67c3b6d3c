import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { type WireguardKeys, wireguardKeys } from '../../components/wireguard-keys';
import { peerAddresses, WIREGUARD } from '../../network/wireguard';
import { exampleSettings } from '../support/example-settings';

const pem = (type: 'ed25519' | 'x25519') =>
  generateKeyPairSync(type as 'ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

/** What two sides of a tunnel agree on, from the keys as WireGuard reads them. */
function agreed(own: WireguardKeys, other: WireguardKeys): string {
  const der = (prefix: string, key: string) =>
    Buffer.concat([Buffer.from(prefix, 'hex'), Buffer.from(key, 'base64')]);
  const privateKey = createPrivateKey({
    key: der('302e020100300506032b656e04220420', own.privateKey),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey({
    key: der('302a300506032b656e032100', other.publicKey),
    format: 'der',
    type: 'spki',
  });
  return diffieHellman({ privateKey, publicKey }).toString('hex');
}

describe('WireGuard keys', () => {
  test('are pairs: two sides agree on a secret', () => {
    const [one, other] = [wireguardKeys(pem('ed25519')), wireguardKeys(pem('ed25519'))];
    expect(agreed(one, other)).toBe(agreed(other, one));
    for (const key of [one.privateKey, one.publicKey]) expect(key).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });

  test('stay the same for the same key, and come of no other kind', () => {
    const key = pem('ed25519');
    expect(wireguardKeys(key)).toEqual(wireguardKeys(key));
    expect(() => wireguardKeys(pem('x25519'))).toThrow('made of an Ed25519 key');
  });
});

describe('VPN addresses', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_-]{0,30}$/), { minLength: 1, maxLength: 60 });

  test("are in the VPN's range, and no person has the machine's or another's", () => {
    fc.assert(
      fc.property(names, (people) => {
        const addresses = [...peerAddresses(people).values()];
        expect(new Set([...addresses, WIREGUARD.machine, '10.207.0.0', '10.207.255.255']).size).toBe(
          people.length + 3,
        );
        for (const address of addresses) expect(address).toMatch(/^10\.207\.\d{1,3}\.\d{1,3}$/);
      }),
    );
  });

  test('stay when others come and go', () => {
    expect(peerAddresses(['alice', 'bob']).get('bob')).toBe(peerAddresses(['bob', 'carol']).get('bob'));
  });
});

describe('the setting vpn', () => {
  test('needs no ranges with wireguard, and takes none of its own', () => {
    expect(exampleSettings({ vpn: 'wireguard', vpnCidrs: [] }).vpnCidrs).toEqual([]);
    expect(() => exampleSettings({ vpn: 'own', vpnCidrs: [] })).toThrow('expected at least one range');
    expect(() => exampleSettings({ vpn: 'wireguard', vpnCidrs: ['10.207.3.0/24'] })).toThrow(
      'has addresses in common with 10.207.0.0/16',
    );
  });
});
