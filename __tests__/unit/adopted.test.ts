import { createECDH, generateKeyPairSync } from 'node:crypto';
import sshpk from 'sshpk';
import { GONE, KEPT_OBJECTS } from '../../settings/adopted';
import { SERVER_SECRETS, STACK_SECRETS } from '../../settings/secret-names';
import { type SecretValues } from '../../settings/secrets-table';
import { validate } from '../../settings/validate';
import { programSettings } from '../support/program-settings';

type Fields = Record<string, unknown>;

const curve = createECDH('prime256v1');
curve.generateKeys();
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
const sshKey = sshpk.parsePrivateKey(pem, 'pkcs8').toString('ssh-private');

const secrets: SecretValues<string> = {
  secretKeyBase: 'a'.repeat(128),
  encryptionPrimaryKey: 'b'.repeat(32),
  encryptionDeterministicKey: 'c'.repeat(32),
  encryptionKeyDerivationSalt: 'd'.repeat(32),
  vapidPrivateKey: `${curve.getPrivateKey('base64url').padStart(43, 'A')}=`,
  vapidPublicKey: `${curve.getPublicKey('base64url')}=`,
  databasePassword: 'e',
  backupCipher: 'f',
  ownerPassword: 'g',
  deployKey: sshKey,
  hostKey: sshKey,
};
const objects = Object.fromEntries(KEPT_OBJECTS.map((name) => [name, `${name}-id`]));
const serverSecrets = Object.fromEntries(SERVER_SECRETS.map((name) => [name, secrets[name]]));

function problems(adopted: unknown, changes: Fields = {}): readonly string[] {
  const settings = programSettings('http://127.0.0.1:7480');
  const mastodon = { ...(settings.mastodon as Fields), federation: 'open' };
  const validation = validate({ ...settings, mastodon, ...changes, adopted });
  return 'problems' in validation ? validation.problems : [];
}

const without = (fields: Fields, key: string) =>
  Object.fromEntries(Object.entries(fields).filter(([one]) => one !== key));

describe('what a stack adopts', () => {
  test('is fine when nothing is missing', () => {
    expect(problems({ from: 'kit', secrets, objects })).toEqual([]);
    expect(problems({ from: 'server', secrets: serverSecrets })).toEqual([]);
    expect(problems({ from: 'server', secrets: { ...serverSecrets, otpSecret: 'old' } })).toEqual([]);
    expect(problems(undefined)).toEqual([]);
  });

  test.each(STACK_SECRETS)('is refused from a kit without %s, and nothing is made up', (name) => {
    expect(problems({ from: 'kit', secrets: without(secrets, name), objects })).toEqual([
      expect.stringMatching(`^adopted\\.secrets\\.${name}: is missing; nothing is made up`),
    ]);
    expect(problems({ from: 'kit', secrets: { ...secrets, [name]: '' }, objects })).toEqual([
      expect.stringMatching(`^adopted\\.secrets\\.${name}: is missing`),
    ]);
  });

  test.each(SERVER_SECRETS)('is refused from a server without %s', (name) => {
    expect(problems({ from: 'server', secrets: without(serverSecrets, name) })).toEqual([
      expect.stringMatching(`^adopted\\.secrets\\.${name}: is missing; .*bin/mastodon import --env `),
    ]);
  });

  test.each(KEPT_OBJECTS)('is refused from a kit that does not say where %s is', (name) => {
    expect(problems({ from: 'kit', secrets, objects: without(objects, name) })).toEqual([
      expect.stringMatching(`^adopted\\.objects\\.${name}: is missing`),
    ]);
  });

  test('needs no zone where others serve it', () => {
    expect(
      problems({ from: 'kit', secrets, objects: without(objects, 'zone') }, { dns: 'external' }),
    ).toEqual([]);
  });

  test('leaves out what is said to be gone', () => {
    const validation = validate({
      ...programSettings('http://127.0.0.1:7480'),
      adopted: { from: 'kit', secrets, objects: { ...objects, mediaStore: GONE } },
    });
    expect('settings' in validation && validation.settings.adopted?.objects).toEqual(
      without(objects, 'mediaStore'),
    );
  });

  test('never shows a secret in what it says', () => {
    const wrong = { ...secrets, secretKeyBase: 'se cret', hostKey: 'se cret', vapidPublicKey: 'secret' };
    const said = problems({ from: 'kit', secrets: wrong, objects });
    expect(said).toEqual([
      'adopted.secrets.secretKeyBase: expected one word without quotes',
      'adopted.secrets.hostKey: expected an OpenSSH private key',
      'adopted.secrets.vapidPublicKey: is not the public half of vapidPrivateKey',
    ]);
    expect(problems('{ not JSON: hush').join()).not.toContain('hush');
    expect(problems({ from: 'me', secrets })).toEqual([
      expect.stringContaining('adopted.from: expected kit or server'),
    ]);
  });
});
