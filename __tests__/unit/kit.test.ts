import type { Setting } from '../../cli/lib/stack-config';
import { leaves } from '../../cli/lib/stack-config';
import { recipientsIn } from '../../cli/lib/age';
import { kitOf, kitText, missingParts, parseKit, type RecoveryKit } from '../../cli/recovery-kit/format';
import { STACK_SECRETS } from '../../settings/secret-names';

const bucket = {
  store: 'store-id',
  credential: 'credential-id',
  accessKeyId: 'key',
  secretAccessKey: 'secret',
};
const outputs = {
  url: 'https://toot.example',
  publicAddress: '192.0.2.7',
  buckets: {
    media: { name: 'media', endpoint: 'store.example' },
    backups: { name: 'backups', endpoint: 'store.example' },
  },
  recovery: {
    ...Object.fromEntries(STACK_SECRETS.map((name) => [name, `the ${name}`])),
    media: bucket,
    backups: bucket,
    reservedIpId: 'ip-id',
    zoneId: 'zone-id',
  },
};
const config = new Map<string, Setting>([
  ['domain', { value: 'toot.example', secret: false }],
  ['region', { value: 'LON1', secret: false }],
  ['administrators', { value: [{ name: 'alice' }], secret: false }],
  ['mastodon', { value: { version: '4.6.5' }, secret: false }],
  ['smtp', { value: { password: 'p' }, secret: true }],
  ['adopted', { value: { from: 'kit' }, secret: true }],
]);
const made = new Date('2026-11-23T05:00:00Z');
const kit = kitOf('prod', outputs, config, made);

describe('a recovery kit', () => {
  test('of a whole stack is complete, and is read as it was written', () => {
    expect(missingParts(kit)).toEqual([]);
    expect(parseKit(kitText(kit))).toEqual(kit);
    expect(kit.made).toBe('2026-11-23T05:00:00.000Z');
    expect(kit.address).toEqual({ ip: '192.0.2.7', reservedIpId: 'ip-id', zoneId: 'zone-id' });
  });

  test('remembers which settings are secret, and not what was adopted before', () => {
    expect(kit.secretSettings).toEqual(['smtp']);
    expect(kit.settings).not.toHaveProperty('adopted');
  });

  test.each(STACK_SECRETS)('without %s is not complete', (name) => {
    const recovery = { ...outputs.recovery, [name]: undefined };
    expect(missingParts(kitOf('prod', { ...outputs, recovery }, config, made))).toEqual([`secrets.${name}`]);
  });

  test('of an older program names all that its outputs lack', () => {
    const older = {
      ...outputs.recovery,
      hostKey: undefined,
      media: { accessKeyId: 'key', secretAccessKey: 'secret' },
    };
    expect(missingParts(kitOf('prod', { ...outputs, recovery: older }, config, made))).toEqual([
      'secrets.hostKey',
      'buckets.media.storeId',
      'buckets.media.credentialId',
    ]);
  });

  test('carries the old OTP_SECRET of an imported server, which others do without', () => {
    const recovery = { ...outputs.recovery, otpSecret: 'old' };
    expect(kitOf('prod', { ...outputs, recovery }, config, made).secrets.otpSecret).toBe('old');
    expect(kit.secrets).not.toHaveProperty('otpSecret');
  });

  test.each<[string, string]>([
    ['', 'no recovery kit'],
    ['{"a": 1}', 'no recovery kit'],
    [kitText({ ...kit, version: 2 } as unknown as RecoveryKit), 'version 2; this program knows version 1'],
  ])('is nothing else: %.12s', (text, refusal) => {
    expect(() => parseKit(text)).toThrow(refusal);
  });
});

describe('the keys that a kit is encrypted to', () => {
  const age = 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg';
  const ssh = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfQHdnAKTs/wjLH/dTwGSFgVTlVGQRmJt39XmSsRm0S';

  test('are in one text, with or without comments', () => {
    expect(recipientsIn(`${ssh} alice's laptop, ${age}\n${ssh} bob@x ${age}`)).toEqual([ssh, age, ssh, age]);
    expect(recipientsIn(' ')).toEqual([]);
  });

  test.each([
    ['alice', 'alice'],
    [`${ssh} alice ${age.toUpperCase()}`, age.toUpperCase()],
    [`${ssh} ecdsa-sha2-nistp256 AAAA`, 'ecdsa-sha2-nistp256'],
    ['ssh-ed25519', 'ssh-ed25519'],
  ])('are all right, or none is used: %.40s', (text, wrong) => {
    expect(() => recipientsIn(text)).toThrow(`--recipients has "${wrong}"`);
  });
});

test('a setting is written leaf by leaf', () => {
  expect(leaves('smtp', { port: 2525, to: ['a', { b: true }] })).toEqual([
    ['smtp.port', '2525'],
    ['smtp.to[0]', 'a'],
    ['smtp.to[1].b', 'true'],
  ]);
});
