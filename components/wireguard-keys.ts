import { createPrivateKey, createPublicKey } from 'node:crypto';

/** A key pair as WireGuard reads it: 32 bytes each, in base64. */
export interface WireguardKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** What stands before the 32 bytes of a private X25519 key in PKCS #8 (RFC 8410). */
const X25519_PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/**
 * The WireGuard key pair whose private half is the secret of an Ed25519 key in PEM: 32 random bytes, which nothing else
 * uses. Pulumi's providers make no X25519 keys.
 * @throws Error if the key is no Ed25519 key.
 */
export function wireguardKeys(privateKeyPem: string): WireguardKeys {
  const { crv, d } = createPrivateKey(privateKeyPem).export({ format: 'jwk' });
  if (crv !== 'Ed25519' || !d) throw new Error('a WireGuard key pair is made of an Ed25519 key');
  const secret = Buffer.from(d, 'base64url');
  const key = createPrivateKey({
    key: Buffer.concat([X25519_PKCS8, secret]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return {
    privateKey: secret.toString('base64'),
    publicKey: Buffer.from(x, 'base64url').toString('base64'),
  };
}
