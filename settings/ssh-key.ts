import { createHash } from 'node:crypto';
import sshpk from 'sshpk';
import { EXAMPLE_KEYS } from './examples';

const TYPES = ['ed25519', 'ecdsa', 'rsa'];
const EXPECTED_TYPES =
  'expected ED25519 (ssh-keygen -t ed25519, or -t ed25519-sk for a hardware key), ECDSA or RSA';
const SMALLEST_RSA = 3072;

/** What is wrong with an administrator's SSH public key, as the end of a sentence; undefined if nothing is. */
export function sshKeyProblem(text: string): string | undefined {
  if (/PRIVATE KEY|PuTTY-User-Key-File/.test(text)) {
    return 'is a private key: give the public one (the file that ends in .pub), and replace this key, as it was shown';
  }
  const key = parse(text);
  if (key && EXAMPLE_KEYS.has(key.fingerprint)) {
    return 'is an example that came with the program, so its owner could log in; give the key of the person who is named here';
  }
  if (!key) {
    // Certificates are real ones too, but nothing here can look into them.
    const type = /^([\w-]+-cert-v01@openssh\.com) /.exec(text.trim())?.[1];
    return type
      ? `is of the type ${type}; ${EXPECTED_TYPES}`
      : 'expected an OpenSSH public key, such as the line in ~/.ssh/id_ed25519.pub';
  }
  if (!TYPES.includes(key.type)) return `is a ${key.type.toUpperCase()} key; ${EXPECTED_TYPES}`;
  if (key.type === 'rsa' && key.size < SMALLEST_RSA) {
    return `is an RSA key of ${String(key.size)} bits; expected at least ${String(SMALLEST_RSA)}, or better: ssh-keygen -t ed25519`;
  }
  return undefined;
}

/** Two keys with the same fingerprint are the same key, whatever their comments say. */
export function sshKeyFingerprint(text: string): string | undefined {
  return parse(text)?.fingerprint;
}

interface ParsedKey {
  /** Such as `ed25519`; a hardware-backed key has the type of its signature. */
  readonly type: string;
  readonly size: number;
  readonly fingerprint: string;
}

function parse(text: string): ParsedKey | undefined {
  const line = text.trim();
  if (/[\r\n]/.test(line)) return undefined;
  const [name = '', base64 = ''] = line.split(/\s+/);
  if (name.startsWith('sk-')) return parseHardwareKey(name, base64);
  try {
    const key = sshpk.parseKey(line, 'ssh');
    // sshpk overlooks bytes behind the key; sshd doesn't, and would not let its owner in.
    if (key.toBuffer('rfc4253').toString('base64') !== base64) return undefined;
    return { type: key.type, size: key.size, fingerprint: key.fingerprint('sha256').toString() };
  } catch {
    return undefined;
  }
}

/** What each part of a hardware-backed key is, by the type's name: OpenSSH's PROTOCOL.u2f. The last part is the application. */
const HARDWARE_KEYS = new Map<string, readonly ((part: Buffer) => boolean)[]>([
  ['sk-ssh-ed25519@openssh.com', [(key) => key.length === 32, (application) => application.length > 0]],
  [
    'sk-ecdsa-sha2-nistp256@openssh.com',
    [
      (curve) => curve.toString('latin1') === 'nistp256',
      // An uncompressed point: 4, and two numbers of 32 bytes.
      (point) => point.length === 65 && point[0] === 4,
      (application) => application.length > 0,
    ],
  ],
]);

/** sshpk doesn't know these. */
function parseHardwareKey(name: string, base64: string): ParsedKey | undefined {
  const checks = HARDWARE_KEYS.get(name);
  const bytes = Buffer.from(base64, 'base64');
  if (!checks || bytes.toString('base64') !== base64) return undefined;
  const [inner, ...parts] = partsOf(bytes) ?? [];
  const fits =
    parts.length === checks.length && checks.every((check, i) => check(parts[i] ?? Buffer.alloc(0)));
  if (inner?.toString('latin1') !== name || !fits) return undefined;
  const digest = createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '');
  return { type: name.includes('ed25519') ? 'ed25519' : 'ecdsa', size: 256, fingerprint: `SHA256:${digest}` };
}

/** Each part is a length of four bytes, and as many bytes (RFC 4251, section 5: string). */
function partsOf(bytes: Buffer): Buffer[] | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    parts.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return parts;
}
