/** Administrators' SSH keys, against OpenSSH itself. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sshKeyFingerprint, sshKeyProblem } from '../../settings/ssh-key';

const folder = mkdtempSync(join(tmpdir(), 'ssh-key-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const part = (bytes: string | Buffer) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(bytes));
  return Buffer.concat([length, Buffer.from(bytes)]);
};
const line = (name: string, ...parts: (string | Buffer)[]) =>
  `${name} ${Buffer.concat([name, ...parts].map(part)).toString('base64')} alice@toot.example`;
/** The end of a key in the format of X.509 is the key itself. */
const ed25519 = () =>
  generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
const point = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .publicKey.export({ type: 'spki', format: 'der' })
    .subarray(-65);

const SK_ED25519 = 'sk-ssh-ed25519@openssh.com';
const SK_ECDSA = 'sk-ecdsa-sha2-nistp256@openssh.com';
const KEYS = [
  ['ED25519', line(SK_ED25519, ed25519(), 'ssh:')],
  ['ECDSA', line(SK_ECDSA, 'nistp256', point(), 'ssh:admin')],
] as const;

describe.each(KEYS)('a hardware-backed key of the type %s', (_, key) => {
  test('is accepted, and has the fingerprint that ssh-keygen prints', () => {
    expect(sshKeyProblem(key)).toBeUndefined();
    const file = join(folder, 'key.pub');
    writeFileSync(file, `${key}\n`);
    const said = execFileSync('ssh-keygen', ['-lf', file]).toString();
    expect(said).toContain(` ${sshKeyFingerprint(key) ?? ''} `);
  });

  test('is refused if bytes are missing, or are behind it', () => {
    const [name = '', base64 = ''] = key.split(' ');
    const bytes = Buffer.from(base64, 'base64');
    for (const wrong of [
      bytes.subarray(0, -1),
      Buffer.concat([bytes, Buffer.alloc(3)]),
      Buffer.concat([bytes, part('more')]),
    ])
      expect(sshKeyProblem(`${name} ${wrong.toString('base64')}`)).toContain(
        'expected an OpenSSH public key',
      );
  });
});

test.each([
  ['one type outside and another inside', line(SK_ED25519, ed25519(), 'ssh:').replace(SK_ED25519, SK_ECDSA)],
  ['a short key', line(SK_ED25519, ed25519().subarray(1), 'ssh:')],
  ['another curve', line(SK_ECDSA, 'nistp384', point(), 'ssh:')],
  ['no application', line(SK_ED25519, ed25519())],
  ['an unknown type', line('sk-dss@openssh.com', ed25519(), 'ssh:')],
])('a hardware-backed key with %s is refused', (_, key) => {
  expect(sshKeyProblem(key)).toContain('expected an OpenSSH public key');
});

test("the machine's sshd lets every type in that the settings accept, in words that OpenSSH knows", () => {
  const hardening = 'cloud-init/handover/etc/ssh/sshd_config.d/20-hardening.conf';
  const text = readFileSync(join(__dirname, '..', '..', hardening), 'utf8');
  const allowed = /^PubkeyAcceptedAlgorithms (.*)$/m.exec(text)?.[1] ?? '';
  for (const type of ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', SK_ED25519, SK_ECDSA])
    expect(allowed.split(',')).toContain(type);
  const told = execFileSync('ssh', [
    '-F',
    'none',
    '-G',
    '-o',
    `PubkeyAcceptedAlgorithms=${allowed}`,
    'host',
  ]).toString();
  expect(told.toLowerCase()).toContain(`pubkeyacceptedalgorithms ${allowed}\n`);
});
