import { createPrivateKey } from 'node:crypto';

/** A VAPID key pair as Mastodon reads it: URL-safe base64 with padding, 44 and 88 characters. */
export interface VapidKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

/**
 * The VAPID form of a P-256 private key in PEM: the scalar, and the uncompressed point (`0x04`, x, y), as Mastodon's
 * own generator (`Webpush.generate_key`) prints them.
 * @throws Error if the key is not on the curve P-256.
 */
export function vapidKeys(privateKeyPem: string): VapidKeys {
  const { crv, d, x, y } = createPrivateKey(privateKeyPem).export({ format: 'jwk' });
  if (crv !== 'P-256' || !d || !x || !y)
    throw new Error('a VAPID key pair needs a private key on the curve P-256');
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return { privateKey: padded(Buffer.from(d, 'base64url')), publicKey: padded(point) };
}

function padded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
