import { createECDH, generateKeyPairSync } from 'node:crypto';
import { vapidKeys } from '../../components/vapid';

function pem(namedCurve: string): string {
  return generateKeyPairSync('ec', { namedCurve })
    .privateKey.export({ type: 'sec1', format: 'pem' })
    .toString();
}

describe('VAPID keys', () => {
  test('are the scalar and the uncompressed point of one key pair, as URL-safe base64', () => {
    for (let i = 0; i < 50; i++) {
      const { privateKey, publicKey } = vapidKeys(pem('prime256v1'));
      expect(privateKey).toMatch(/^[\w-]{43}=$/);
      expect(publicKey).toMatch(/^[\w-]{87}=$/);
      const ecdh = createECDH('prime256v1');
      ecdh.setPrivateKey(Buffer.from(privateKey, 'base64url'));
      expect(Buffer.from(publicKey, 'base64url')).toEqual(ecdh.getPublicKey());
    }
  });

  test('refuse another curve', () => {
    expect(() => vapidKeys(pem('secp384r1'))).toThrow('P-256');
  });
});
