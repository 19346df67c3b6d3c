import { createHash, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Resource } from '../provider';
import { plain, type Properties } from '../values';
import { authorizedKey, fingerprints, privateKeyOpenssh, publicKeyBlob } from './openssh';

const generate = promisify(generateKeyPair);

const CURVES: Readonly<Record<string, string>> = {
  P224: 'secp224r1',
  P256: 'prime256v1',
  P384: 'secp384r1',
  P521: 'secp521r1',
};

const SECRETS = ['privateKeyPem', 'privateKeyOpenssh', 'privateKeyPemPkcs8'];

/** `tls.PrivateKey`. */
export const privateKey: Resource = {
  type: 'tls:index/privateKey:PrivateKey',
  inputs: {
    algorithm: { kind: 'string', required: true, oneOf: ['RSA', 'ECDSA', 'ED25519'] },
    ecdsaCurve: { kind: 'string', default: 'P224', oneOf: Object.keys(CURVES) },
    rsaBits: { kind: 'integer', default: 2048, min: 1024 },
  },
  computed: [
    ...SECRETS,
    'publicKeyPem',
    'publicKeyOpenssh',
    'publicKeyFingerprintMd5',
    'publicKeyFingerprintSha256',
  ],
  secrets: () => SECRETS,
  async create(inputs) {
    const { algorithm, ecdsaCurve, rsaBits } = plain(inputs) as Record<string, string | number>;
    const key = await generateKey(algorithm as string, ecdsaCurve as string, rsaBits as number);
    const outputs = { ...inputs, ...describePrivateKey(key) };
    return { id: createHash('sha1').update(publicDer(key)).digest('hex'), outputs };
  },
};

async function generateKey(algorithm: string, curve: string, bits: number): Promise<KeyObject> {
  switch (algorithm) {
    case 'RSA':
      return (await generate('rsa', { modulusLength: bits })).privateKey;
    case 'ECDSA':
      return (await generate('ec', { namedCurve: CURVES[curve] ?? curve })).privateKey;
    default:
      return (await generate('ed25519')).privateKey;
  }
}

/** All spellings of a private key and of its public half, as outputs. OpenSSH's are empty for P-224, unknown to it. */
export function describePrivateKey(key: KeyObject): Properties {
  const blob = publicKeyBlob(key);
  const prints = blob ? fingerprints(blob) : { md5: '', sha256: '' };
  return {
    privateKeyPem: key.export({ format: 'pem', type: traditionalEncoding(key) }) as string,
    privateKeyPemPkcs8: key.export({ format: 'pem', type: 'pkcs8' }) as string,
    privateKeyOpenssh: privateKeyOpenssh(key) ?? '',
    publicKeyPem: createPublicKey(key).export({ format: 'pem', type: 'spki' }) as string,
    publicKeyOpenssh: blob ? `${authorizedKey(blob)}\n` : '',
    publicKeyFingerprintMd5: prints.md5,
    publicKeyFingerprintSha256: prints.sha256,
  };
}

function traditionalEncoding(key: KeyObject): 'pkcs1' | 'sec1' | 'pkcs8' {
  if (key.asymmetricKeyType === 'rsa') return 'pkcs1';
  return key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs8';
}

function publicDer(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}
