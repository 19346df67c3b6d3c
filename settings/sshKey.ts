import sshpk from 'sshpk';

const TYPES = ['ed25519', 'ecdsa', 'rsa'];
const EXPECTED_TYPES = 'expected ED25519 (ssh-keygen -t ed25519), ECDSA or RSA';
const SMALLEST_RSA = 3072;

/** What is wrong with an administrator's SSH public key, as the end of a sentence; undefined if nothing is. */
export function sshKeyProblem(text: string): string | undefined {
  if (/PRIVATE KEY|PuTTY-User-Key-File/.test(text)) {
    return 'is a private key: give the public one (the file that ends in .pub), and replace this key, as it was shown';
  }
  const key = parse(text);
  if (!key) {
    // Hardware-backed keys and certificates are real ones too, but nothing here can look into them.
    const type = /^(sk-[\w-]+@openssh\.com|[\w-]+-cert-v01@openssh\.com) /.exec(text.trim())?.[1];
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
  return parse(text)?.fingerprint('sha256').toString();
}

function parse(text: string): sshpk.Key | undefined {
  if (/[\r\n]/.test(text.trim())) return undefined;
  try {
    const key = sshpk.parseKey(text.trim(), 'ssh');
    // sshpk overlooks bytes behind the key; sshd doesn't, and would not let its owner in.
    return key.toBuffer('rfc4253').toString('base64') === text.trim().split(/\s+/)[1] ? key : undefined;
  } catch {
    return undefined;
  }
}
