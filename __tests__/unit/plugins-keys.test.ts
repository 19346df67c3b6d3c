import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Operation } from '../../local/plugins/provider';
import { privateKey } from '../../local/plugins/tls/private-key';

const operation: Operation = {
  urn: 'urn:pulumi:test::test::tls:index/privateKey:PrivateKey::key',
  name: 'key',
  signal: new AbortController().signal,
  status: () => undefined,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plugins-keys-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function makeKey(inputs: Record<string, string | number>): Promise<Record<string, string>> {
  const { outputs } = await privateKey.create({ ecdsaCurve: 'P224', rsaBits: 2048, ...inputs }, operation);
  return outputs as Record<string, string>;
}

function sshKeygen(privateKeyText: string, ...args: string[]): string {
  const file = join(folder, 'key');
  writeFileSync(file, privateKeyText, { mode: 0o600 });
  return execFileSync('ssh-keygen', [...args, '-f', file], { encoding: 'utf8' }).trim();
}

describe.each([
  ['ED25519', { algorithm: 'ED25519' }, 'PRIVATE KEY'],
  ['ECDSA P256', { algorithm: 'ECDSA', ecdsaCurve: 'P256' }, 'EC PRIVATE KEY'],
  ['ECDSA P384', { algorithm: 'ECDSA', ecdsaCurve: 'P384' }, 'EC PRIVATE KEY'],
  ['ECDSA P521', { algorithm: 'ECDSA', ecdsaCurve: 'P521' }, 'EC PRIVATE KEY'],
  ['RSA', { algorithm: 'RSA', rsaBits: 3072 }, 'RSA PRIVATE KEY'],
])('tls.PrivateKey, %s', (_, inputs, label) => {
  test('ssh-keygen reads the OpenSSH private key, and finds the same public key and fingerprints', async () => {
    // Leading zeros and padding depend on the key: one in many would show a mistake.
    for (let round = 0; round < (inputs.algorithm === 'RSA' ? 1 : 20); round++) {
      const key = await makeKey(inputs);
      expect(sshKeygen(key.privateKeyOpenssh ?? '', '-y')).toBe(key.publicKeyOpenssh?.trim());
    }
    const key = await makeKey(inputs);
    writeFileSync(join(folder, 'key.pub'), key.publicKeyOpenssh ?? '');
    const shown = (hash: string) =>
      execFileSync('ssh-keygen', ['-lf', join(folder, 'key.pub'), '-E', hash]).toString();
    expect(shown('sha256')).toContain(` ${key.publicKeyFingerprintSha256 ?? ''} `);
    expect(shown('md5')).toContain(` MD5:${key.publicKeyFingerprintMd5 ?? ''} `);
    expect(key.publicKeyOpenssh).toMatch(/^\S+ \S+\n$/);
  });

  test('the PEM forms are of one key, each in its encoding', async () => {
    const key = await makeKey(inputs);
    expect(key.privateKeyPem).toContain(`-----BEGIN ${label}-----`);
    expect(key.privateKeyPemPkcs8).toContain('-----BEGIN PRIVATE KEY-----');
    for (const form of [key.privateKeyPem, key.privateKeyPemPkcs8]) {
      const derived = createPublicKey(createPrivateKey(form ?? '')).export({ type: 'spki', format: 'pem' });
      expect(derived).toBe(key.publicKeyPem);
    }
  });
});

test('tls.PrivateKey on the curve P224, which OpenSSH lacks, has no OpenSSH forms', async () => {
  const key = await makeKey({ algorithm: 'ECDSA', ecdsaCurve: 'P224' });
  expect([key.privateKeyOpenssh, key.publicKeyOpenssh, key.publicKeyFingerprintSha256]).toEqual(['', '', '']);
  expect(createPrivateKey(key.privateKeyPem ?? '').asymmetricKeyDetails?.namedCurve).toBe('secp224r1');
});
