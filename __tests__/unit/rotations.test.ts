import * as pulumi from '@pulumi/pulumi';
import { nameOfResource, rotationNames, rotationOf } from '../../cli/rotate/rotations';
import { mockProgram, type Registered, settled } from '../../trials/program-mocks';
import { programSettings } from '../support/program-settings';

/** What makes a secret, of all that the providers in use can make. */
const MAKES_SECRETS = /^(random:index\/|tls:index\/|civo:index\/objectStoreCredential)/;

test('every secret that the program makes can be rotated, or says why it can not', async () => {
  const registered: Registered[] = [];
  const settings = { ...programSettings('http://127.0.0.1:9'), converge: true, vpn: 'wireguard' };
  await mockProgram(pulumi, settings, registered);
  await import('../../index');
  await settled(pulumi);
  const made = registered.filter(({ type }) => MAKES_SECRETS.test(type)).map(({ name }) => name);
  expect(made.length).toBeGreaterThan(12);
  const names = made.map((name) => nameOfResource(name, 'mastodon-test'));
  expect(names.filter((name) => rotationOf(name) === undefined)).toEqual([]);
  // And the table has none that there isn't.
  const known = rotationNames().filter((name) => !name.startsWith('NAME-'));
  expect(known.filter((name) => !names.includes(name))).toEqual([]);
});

test('what data depend on, and what others gave, is refused with what helps instead', () => {
  for (const [name, expected] of [
    ['encryption-primary-key', '--disable-2fa'],
    ['backup-cipher', 'bin/mastodon rotate backups'],
    ['smtp', 'smtp.password'],
  ] as const) {
    expect(rotationOf(name)).toEqual({ refused: expect.stringContaining(expected) as string });
  }
  expect(rotationOf('toString')).toBeUndefined();
});
