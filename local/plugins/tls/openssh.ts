import { createHash, createPublicKey, randomBytes, type JsonWebKey, type KeyObject } from 'node:crypto';

/** OpenSSH's names of the curves; P-224 has none. */
const CURVES: Readonly<Record<string, string>> = {
  'P-256': 'nistp256',
  'P-384': 'nistp384',
  'P-521': 'nistp521',
};

/** The parts of a key, each in the encoding of RFC 4251 and in OpenSSH's order. */
interface KeyParts {
  type: string;
  public: Buffer[];
  private: Buffer[];
}

/** A public key in SSH's wire format (RFC 4253, 6.6), or undefined for a key that OpenSSH doesn't know. */
export function publicKeyBlob(key: KeyObject): Buffer | undefined {
  const parts = keyParts(key.type === 'public' ? key : createPublicKey(key));
  return parts && Buffer.concat([text(parts.type), ...parts.public]);
}

/** A private key, unencrypted, in the format of OpenSSH's PROTOCOL.key, or undefined as above. */
export function privateKeyOpenssh(key: KeyObject): string | undefined {
  const parts = keyParts(key);
  const publicBlob = publicKeyBlob(key);
  if (!parts || !publicBlob) return undefined;
  const check = randomBytes(4);
  const comment = text('');
  const secret = Buffer.concat([check, check, text(parts.type), ...parts.private, comment]);
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'), // cipher
    text('none'), // key derivation
    text(''), // its options
    uint32(1), // number of keys
    text(publicBlob),
    text(pad(secret)),
  ]);
  return pem('OPENSSH PRIVATE KEY', blob);
}

/** A public key's line in `authorized_keys`, without a comment. */
export function authorizedKey(blob: Buffer): string {
  const type = blob.subarray(4, 4 + blob.readUInt32BE()).toString();
  return `${type} ${blob.toString('base64')}`;
}

/** The fingerprints as `ssh-keygen -l` prints them (MD5 without its prefix). */
export function fingerprints(blob: Buffer): { md5: string; sha256: string } {
  const md5 = createHash('md5').update(blob).digest('hex');
  const sha256 = createHash('sha256').update(blob).digest('base64');
  return { md5: (md5.match(/../g) ?? []).join(':'), sha256: `SHA256:${sha256.replace(/=+$/, '')}` };
}

function keyParts(key: KeyObject): KeyParts | undefined {
  if (key.asymmetricKeyDetails?.namedCurve === 'secp224r1') return undefined; // Node has no JWK of it either
  const jwk = key.export({ format: 'jwk' });
  if (jwk.kty === 'OKP') {
    const point = bytes(jwk, 'x');
    const seed = bytes(jwk, 'd');
    return {
      type: 'ssh-ed25519',
      public: [text(point)],
      private: [text(point), text(Buffer.concat([seed, point]))],
    };
  }
  if (jwk.kty === 'RSA') {
    const [n, e, d, iqmp, p, q] = ['n', 'e', 'd', 'qi', 'p', 'q'].map((name) => mpint(bytes(jwk, name)));
    return { type: 'ssh-rsa', public: [e, n] as Buffer[], private: [n, e, d, iqmp, p, q] as Buffer[] };
  }
  const curve = CURVES[jwk.crv ?? ''];
  if (curve === undefined) return undefined;
  const point = text(Buffer.concat([Buffer.from([4]), bytes(jwk, 'x'), bytes(jwk, 'y')])); // 4: not compressed
  const both = [text(curve), point];
  return { type: `ecdsa-sha2-${curve}`, public: both, private: [...both, mpint(bytes(jwk, 'd'))] };
}

/** A number of the key; empty where a public key has none. */
function bytes(jwk: JsonWebKey, name: string): Buffer {
  return Buffer.from((jwk[name] as string | undefined) ?? '', 'base64url');
}

function uint32(number: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(number);
  return buffer;
}

function text(content: string | Buffer): Buffer {
  const buffer = Buffer.from(content);
  return Buffer.concat([uint32(buffer.length), buffer]);
}

/** A positive number: no leading zeros, but one where the top bit would read as a sign. */
function mpint(number: Buffer): Buffer {
  const first = number.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.alloc(0) : number.subarray(first);
  return text(
    digits[0] !== undefined && digits[0] >= 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits,
  );
}

/** Fills up to the cipher's block size, 8 for none, with 1, 2, 3… */
function pad(buffer: Buffer): Buffer {
  const missing = (8 - (buffer.length % 8)) % 8;
  return Buffer.concat([buffer, Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, missing))]);
}

function pem(label: string, blob: Buffer): string {
  const lines = blob.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
