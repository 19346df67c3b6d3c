import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import sshpk from 'sshpk';
import { cidrProblem, overlap } from '../../settings/cidr';
import type { PlainSettings } from '../../settings/types';
import { validate } from '../../settings/validate';

type Raw = Record<string, unknown>;

function opensshKey(type: 'ed25519' | 'ecdsa' | 'rsa' | 'dsa', bits = 2048): string {
  const { publicKey } = {
    ed25519: () => generateKeyPairSync('ed25519'),
    ecdsa: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    rsa: () => generateKeyPairSync('rsa', { modulusLength: bits }),
    dsa: () => generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }),
  }[type]();
  return sshpk.parseKey(publicKey.export({ type: 'spki', format: 'pem' }), 'pem').toString('ssh');
}

/** A key that sshd would not read. */
function withTrailingBytes(key: string): string {
  const [type = '', blob = ''] = key.split(' ');
  return `${type} ${Buffer.concat([Buffer.from(blob, 'base64'), Buffer.from([0, 0, 0])]).toString('base64')}`;
}

const alice = { name: 'alice', email: 'alice@toot.example', sshKey: opensshKey('ed25519') };
const bob = { name: 'bob', email: 'bob@toot.example', sshKey: opensshKey('ed25519') };
const smtp = {
  host: 'smtp.example.net',
  user: 'toot',
  password: 'secret-of-the-relay',
  from: 'toot@toot.example',
};
const digest = `sha256:${'1a'.repeat(32)}`;

function raw(changes: Raw = {}): Raw {
  return {
    domain: 'toot.example',
    region: 'LON1',
    vpnCidrs: ['10.8.0.0/24'],
    administrators: [alice, bob],
    smtp,
    mastodon: { version: '4.6.5', webDigest: digest, streamingDigest: digest },
    ...changes,
  };
}

function accepted(changes: Raw = {}): PlainSettings {
  const validation = validate(raw(changes));
  if ('problems' in validation) throw new Error(validation.problems.join('\n'));
  return validation.settings;
}

function problems(changes: Raw): readonly string[] {
  const validation = validate(raw(changes));
  return 'problems' in validation ? validation.problems : [];
}

describe('settings', () => {
  test('have defaults for everything that can have one', () => {
    expect(accepted()).toMatchObject({
      webDomain: 'toot.example',
      mediaDomain: 'files.toot.example',
      size: 'g3.medium',
      image: 'ubuntu-noble',
      generation: 1,
      mediaGb: 500,
      backupGb: 500,
      dns: 'civo',
      converge: true,
      protect: true,
      smtp: { port: 2525 },
      acme: { directory: 'https://acme-v02.api.letsencrypt.org/directory', contact: 'alice@toot.example' },
      backup: { retentionFull: 4 },
      mastodon: {
        webImage: 'ghcr.io/mastodon/mastodon',
        streamingImage: 'ghcr.io/mastodon/mastodon-streaming',
      },
      warnings: [],
    });
  });

  test.each(['g3.small', 'g3.medium', 'g3.large', 'g3.xlarge', 'g3.2xlarge', 'g4s.small', 'g4s.2xlarge'])(
    'accept the size %s',
    (size) => {
      expect(accepted({ size }).size).toBe(size);
    },
  );

  test.each([0, 8, 90])('accept a limit of media by size beside one by age of %d days', (remoteMediaDays) => {
    const housekeeping = { remoteMediaDays, remoteMediaGb: 499 };
    expect(accepted({ housekeeping }).housekeeping).toMatchObject(housekeeping);
  });

  test("derive the owner's username from the account, and take another one", () => {
    const owner = (change: Raw) =>
      accepted({ administrators: [{ ...alice, ...change }, bob] }).administrators[0];
    expect(owner({ name: 'alice-b' }).username).toBe('alice_b');
    expect(owner({ name: `a${'-'.repeat(30)}` }).username).toHaveLength(30);
    expect(owner({ username: 'Alice_in_Wonderland' }).username).toBe('Alice_in_Wonderland');
    expect(owner({ sshKey: `${alice.sshKey}\n` }).sshKey).toBe(alice.sshKey);
  });

  test('accept RSA from 3072 bits on, and ECDSA', () => {
    const sshKeys = [opensshKey('rsa', 3072), opensshKey('ecdsa')];
    expect(
      accepted({
        administrators: [
          { ...alice, sshKey: sshKeys[0] },
          { ...bob, sshKey: sshKeys[1] },
        ],
      }),
    ).toBeTruthy();
  });

  test('accept a Civo API in the clear on this machine alone', () => {
    expect(accepted({ apiEndpoint: 'http://127.0.0.1:7480' }).apiEndpoint).toBe('http://127.0.0.1:7480');
    expect(accepted({ apiEndpoint: 'http://localhost:7480' }).apiEndpoint).toBe('http://localhost:7480');
  });

  test('are normalised: domains to ASCII, regions to capitals, numbers out of text', () => {
    const settings = accepted({ domain: 'tröt.example', region: 'fra1', mediaGb: '1000', protect: 'false' });
    expect(settings).toMatchObject({
      domain: 'xn--trt-tna.example',
      mediaDomain: 'files.xn--trt-tna.example',
      region: 'FRA1',
      mediaGb: 1000,
      protect: false,
    });
  });

  const rsa2048 = opensshKey('rsa', 2048);
  const dsa = opensshKey('dsa');
  const withKey = (sshKey: unknown) => ({ administrators: [{ ...alice, sshKey }, bob] });
  const withSmtp = (change: Raw) => ({ smtp: { ...smtp, ...change } });
  const secondary = {
    endpoint: 'https://s3.example.net',
    bucket: 'second-copy',
    accessKeyId: 'key',
    secretAccessKey: 'secret-of-the-store',
  };
  const withSecondary = (change: Raw) => ({ backup: { secondary: { ...secondary, ...change } } });
  const withMastodon = (change: Raw) => ({
    mastodon: { version: '4.6.5', webDigest: digest, streamingDigest: digest, ...change },
  });

  test.each<[string, Raw, string]>([
    ['no domain', { domain: undefined }, 'domain: is missing'],
    [
      'a domain with a scheme',
      { domain: 'https://toot.example' },
      'domain = "https://toot.example": expected a bare domain',
    ],
    ['a domain of one label', { domain: 'localhost' }, 'domain = "localhost": expected a domain'],
    ['a domain with a path', { domain: 'toot.example/' }, 'expected a bare domain'],
    [
      'a domain with a query',
      { domain: 'toot.example?x' },
      'domain = "toot.example?x": expected a bare domain',
    ],
    ['a domain with a port', { domain: 'toot.example:443' }, 'expected a bare domain'],
    ['a domain with a dot at the end', { domain: 'toot.example.' }, 'expected toot.example, without the dot'],
    ['a label of 64 characters', { domain: `${'a'.repeat(64)}.example` }, 'expected a domain'],
    [
      'a domain of 254 characters',
      { domain: `${'abcd.'.repeat(50)}abcd` },
      'is longer than the 253 characters',
    ],
    ['a domain with an underscore', { domain: 'my_toot.example' }, 'expected a domain'],
    ['an address for a domain', { domain: '192.0.2.1' }, 'domain = "192.0.2.1": expected a domain'],
    [
      'media on the site itself',
      { mediaDomain: 'toot.example' },
      'mediaDomain = "toot.example": expected a name of its own',
    ],
    [
      'a web domain outside of the zone',
      { webDomain: 'social.example' },
      'webDomain = "social.example": expected a name below toot.example',
    ],
    ['an unknown region', { region: 'BER1' }, 'region = "BER1": expected one of LON1'],
    ['a region without object store', { region: 'PHX1' }, 'region = "PHX1": has no object store'],
    ['too small a machine', { size: 'g3.xsmall' }, 'size = "g3.xsmall": expected one of g3.small'],
    ['another image', { image: 'rocky-9' }, 'image = "rocky-9": expected one of ubuntu-noble, debian-13'],
    ['generation 0', { generation: 0 }, 'generation = 0: expected at least 1'],
    ['a generation that is no number', { generation: 'two' }, 'generation = "two": expected a whole number'],
    ['half a generation', { generation: 1.5 }, 'generation = 1.5: expected a whole number'],
    ['no VPN', { vpnCidrs: [] }, 'vpnCidrs: expected at least one range'],
    ['SSH for everyone', { vpnCidrs: ['0.0.0.0/0'] }, 'vpnCidrs[0] = "0.0.0.0/0": is the whole internet'],
    ['SSH for half of everyone', { vpnCidrs: ['128.0.0.0/1'] }, 'is wider than a /16'],
    ['more than a private range', { vpnCidrs: ['10.0.0.0/7'] }, 'is wider than a /16'],
    ['host bits', { vpnCidrs: ['10.8.0.1/24'] }, 'has bits set behind its prefix; expected 10.8.0.0/24'],
    ['an address without prefix', { vpnCidrs: ['10.8.0.1'] }, 'expected an IPv4 range'],
    [
      'ranges that are no list',
      { vpnCidrs: '10.8.0.0/24' },
      "pulumi config set --path 'vpnCidrs[0]' 203.0.113.0/24",
    ],
    ['a prefix of 33', { vpnCidrs: ['10.8.0.0/33'] }, 'expected an IPv4 range'],
    ['an octet that may be octal', { vpnCidrs: ['010.8.0.0/16'] }, 'expected an IPv4 range'],
    ['text for a range', { vpnCidrs: ['office'] }, 'expected an IPv4 range'],
    ['the same range twice', { vpnCidrs: ['10.8.0.0/24', '10.8.0.0/24'] }, 'has addresses in common'],
    ['an octet of 256', { vpnCidrs: ['10.8.0.256/32'] }, 'expected an IPv4 range'],
    ['IPv6', { vpnCidrs: ['fd00::/64'] }, 'machines at Civo have no IPv6'],
    ['IPv6 nonsense', { vpnCidrs: [':::/999'] }, 'machines at Civo have no IPv6'],
    [
      'overlapping ranges',
      { vpnCidrs: ['10.8.0.0/16', '10.8.4.0/24'] },
      'vpnCidrs[1] = "10.8.4.0/24": has addresses in common',
    ],
    ['a range that is no text', { vpnCidrs: [7] }, 'vpnCidrs[0] = 7: expected a text'],
    ['one administrator', { administrators: [alice] }, 'administrators: has 1 of at least 2 people'],
    [
      'administrators that are no list',
      { administrators: 'alice' },
      'administrators = "alice": expected a list',
    ],
    [
      'a system account',
      { administrators: [{ ...alice, name: 'root' }, bob] },
      'administrators[0].name = "root": is an account',
    ],
    [
      'the name of a system group',
      { administrators: [{ ...alice, name: 'staff' }, bob] },
      'administrators[0].name = "staff": is an account or a group',
    ],
    [
      'an account of systemd',
      { administrators: [{ ...alice, name: 'systemd-resolve' }, bob] },
      'is an account or a group',
    ],
    [
      'a long account',
      { administrators: [{ ...alice, name: 'a'.repeat(32) }, bob] },
      'expected a Unix account',
    ],
    [
      'a bad username',
      { administrators: [{ ...alice, username: 'alice!' }, bob] },
      'administrators[0].username = "alice!": expected a Mastodon username',
    ],
    [
      'a person that is a text',
      { administrators: ['alice', bob] },
      'administrators[0]: is a text; expected an object with name',
    ],
    [
      'the same e-mail twice',
      { administrators: [alice, { ...bob, email: 'Alice@toot.example' }] },
      'administrators[1].email = "alice@toot.example": is also administrators[0]\'s',
    ],
    [
      'a bad account',
      { administrators: [{ ...alice, name: 'Alice!' }, bob] },
      'administrators[0].name = "Alice!": expected a Unix account',
    ],
    [
      'a bad e-mail',
      { administrators: [{ ...alice, email: 'alice' }, bob] },
      'administrators[0].email = "alice": expected an e-mail',
    ],
    [
      'the same person twice',
      { administrators: [alice, alice] },
      'administrators[1].name = "alice": is also administrators[0]\'s',
    ],
    [
      'the same key twice',
      { administrators: [alice, { ...bob, sshKey: alice.sshKey }] },
      'administrators[1].sshKey',
    ],
    [
      'an unknown field',
      { administrators: [{ ...alice, key: 'x' }, bob] },
      'administrators[0].key: is no setting',
    ],
    ['no key', withKey(undefined), 'administrators[0].sshKey: is missing'],
    [
      'an invalid key',
      withKey('ssh-ed25519 AAAA'),
      'administrators[0].sshKey: expected an OpenSSH public key',
    ],
    [
      'a key that came with the program',
      withKey(
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPG8s3r2X7/bqEjdyZC2SBJAzz9gSjCy5GJslHjmUWYZ me@toot.example',
      ),
      'administrators[0].sshKey: is an example that came with the program',
    ],
    [
      'the other key that came with the program',
      withKey('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFnFQlhswB26QKQaxJiqEtZ5WNdRgVJfJ8f4VbGzUjnh'),
      'administrators[0].sshKey: is an example that came with the program',
    ],
    [
      'the key that says that one is to be put there',
      withKey('ssh-ed25519 put-your-key-here'),
      'administrators[0].sshKey: expected an OpenSSH public key',
    ],
    [
      'an address of the examples',
      { administrators: [{ ...alice, email: 'alice@example.social' }, bob] },
      'administrators[0].email = "alice@example.social": is an example that came with the program; expected an address of yours, such as alice@toot.example',
    ],
    [
      'a sender of the examples',
      withSmtp({ from: 'Example Social <notifications@example.social>' }),
      'is an example that came with the program',
    ],
    [
      'a contact of the examples, below their domain',
      { acme: { contact: 'a@mail.Example.Social' } },
      'acme.contact = "a@mail.Example.Social": is an example that came with the program',
    ],
    ['a short RSA key', withKey(rsa2048), 'is an RSA key of 2048 bits'],
    ['a DSA key', withKey(dsa), 'is a DSA key'],
    [
      'a key with bytes behind it',
      withKey(withTrailingBytes(alice.sshKey)),
      'expected an OpenSSH public key',
    ],
    ['a key of two lines', withKey(`${alice.sshKey}\n${bob.sshKey}`), 'expected an OpenSSH public key'],
    [
      'a certificate',
      withKey('ssh-ed25519-cert-v01@openssh.com AAAAIHNz alice'),
      'is of the type ssh-ed25519-cert-v01@openssh.com; expected ED25519',
    ],
    ["PuTTY's private key", withKey('PuTTY-User-Key-File-3: ssh-ed25519'), 'is a private key'],
    ['a private key', withKey('-----BEGIN OPENSSH PRIVATE KEY-----\nx'), 'is a private key'],
    ['no relay', { smtp: undefined }, 'smtp.host: is missing'],
    [
      'a relay without password',
      withSmtp({ password: undefined }),
      'smtp.password: is missing; set it: pulumi config set --secret --path smtp.password',
    ],
    [
      'a relay without user',
      withSmtp({ user: '' }),
      `smtp.user = "": is missing; set it: pulumi config set --path 'smtp.user' VALUE`,
    ],
    [
      'a user that is a number',
      withSmtp({ user: 12345 }),
      'smtp.user = 12345: expected a text; put it in quotes',
    ],
    [
      'a password that is a number',
      withSmtp({ password: 12345 }),
      'smtp.password: expected one line of text',
    ],
    ['a relay without host', withSmtp({ host: undefined }), 'smtp.host: is missing'],
    ['a host with a port', withSmtp({ host: 'smtp.example.net:2525' }), 'smtp.host'],
    ['port 0', withSmtp({ port: 0 }), 'smtp.port = 0: expected a port'],
    ['a bad port', withSmtp({ port: 70000 }), 'smtp.port = 70000: expected a port'],
    ['a bad sender', withSmtp({ from: 'toot' }), 'smtp.from = "toot": expected an e-mail'],
    ['a user with a NUL', withSmtp({ user: 'a\0' }), 'smtp.user = "a\\u0000": expected one line of text'],
    ['a password on two lines', withSmtp({ password: 'a\nb' }), 'smtp.password: expected one line of text'],
    [
      'a password that ends in a line break',
      withSmtp({ password: 'a\n' }),
      'smtp.password: expected one line',
    ],
    [
      'a password with half a character',
      withSmtp({ password: '\ud800' }),
      'smtp.password: expected one line',
    ],
    ['a sender on two lines', withSmtp({ from: 'a@b.example\nX=1' }), 'smtp.from'],
    ['an odd store', { mediaGb: 600 }, 'mediaGb = 600: expected a multiple of 500'],
    [
      'more copies of media than the bucket holds',
      { housekeeping: { remoteMediaDays: 0, remoteMediaGb: 500 } },
      'housekeeping.remoteMediaGb = 500: expected less than the media bucket holds, which is mediaGb = 500',
    ],
    [
      'a limit of media by size beside one by age that leaves it nothing',
      { housekeeping: { remoteMediaDays: 7, remoteMediaGb: 100 } },
      "housekeeping.remoteMediaGb = 100: has no effect beside housekeeping.remoteMediaDays = 7, as nothing of the last 7 days goes for its size; expected more days there, or 0: pulumi config set --path 'housekeeping.remoteMediaDays' 0",
    ],
    ['no store', { backupGb: 0 }, 'backupGb = 0: expected a multiple of 500'],
    [
      'a version before the first that this program knows',
      withMastodon({ version: '4.5.9' }),
      'mastodon.version = "4.5.9": expected a release such as 4.7.6',
    ],
    [
      'no task',
      withMastodon({ tasks: ['tootctl cache recount accounts', 7] }),
      'mastodon.tasks[1] = 7: expected a text',
    ],
    [
      'a tag for a digest',
      withMastodon({ webDigest: 'v4.6.5' }),
      'mastodon.webDigest = "v4.6.5": expected sha256:',
    ],
    ['an image with a tag', withMastodon({ webImage: 'ghcr.io/mastodon/mastodon:v4' }), 'mastodon.webImage'],
    [
      'an authority without TLS',
      { acme: { directory: 'http://acme.example/dir' } },
      'acme.directory = "http://acme.example/dir": expected an https',
    ],
    ['an invalid contact', { acme: { contact: 'alice' } }, 'acme.contact = "alice": expected an e-mail'],
    [
      'a CA that only looks like one',
      { acme: { trust: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' } },
      'acme.trust: expected a certificate in PEM',
    ],
    ['an invalid CA', { acme: { trust: 'file.pem' } }, 'acme.trust: expected a certificate in PEM'],
    ['unknown DNS', { dns: 'other' }, 'dns = "other": expected one of civo, external'],
    ['one backup', { backup: { retentionFull: 1 } }, 'backup.retentionFull = 1: expected at least 2'],
    ['a second store that is a text', { backup: { secondary: 's3' } }, 'backup.secondary: is a text'],
    [
      'a second store without TLS',
      withSecondary({ endpoint: 'http://s3.example.net' }),
      'backup.secondary.endpoint = "http://s3.example.net": expected the https:// address of an S3 object store',
    ],
    [
      'a second store with a path',
      withSecondary({ endpoint: 'https://s3.example.net/copy' }),
      'without a path',
    ],
    [
      'a bucket in capitals',
      withSecondary({ bucket: 'Copy' }),
      'backup.secondary.bucket = "Copy": expected the name of a bucket',
    ],
    ['a key on two lines', withSecondary({ accessKeyId: 'a\nb' }), 'backup.secondary.accessKeyId'],
    [
      'a second store without its secret',
      withSecondary({ secretAccessKey: undefined }),
      'backup.secondary.secretAccessKey: is missing; set it: pulumi config set --secret --path backup.secondary.secretAccessKey',
    ],
    [
      'a webhook in the clear',
      { alerts: { webhook: 'http://hooks.example.net' } },
      'alerts.webhook: expected an https:// address',
    ],
    ['a ping that is no address', { alerts: { pingUrl: 'ping' } }, 'alerts.pingUrl: expected an https'],
    ['a misspelt alert', { alerts: { ping: 'x' } }, 'alerts.ping: is no setting'],
    ['maybe', { converge: 'maybe' }, 'converge = "maybe": expected true or false'],
    [
      'an API in the clear',
      { apiEndpoint: 'http://api.civo.com' },
      'apiEndpoint = "http://api.civo.com": expected https',
    ],
    ['an API with a slash', { apiEndpoint: 'https://api.civo.com/' }, 'expected no slash at the end'],
    ['an API that is no address', { apiEndpoint: 'civo' }, 'apiEndpoint = "civo": expected an address'],
    ['a misspelt setting', { domian: 'x' }, 'domian: is no setting; did you mean domain?'],
    ['another way to write one', { 'web-domain': 'x' }, 'web-domain: is no setting; did you mean webDomain?'],
    [
      'a misspelt field',
      withSmtp({ pasword: 'x' }),
      'smtp.pasword: is no setting; did you mean smtp.password?',
    ],
    [
      'a setting like no other',
      { colour: 'red' },
      'colour: is no setting; expected one of domain, webDomain',
    ],
    [
      'an object that is a text',
      { mastodon: '4.6.5' },
      'mastodon: is a text; expected an object with version',
    ],
    ['an object that is a list', { smtp: [] }, 'smtp: is a list; expected an object with host'],
    ['an empty object for a text', { image: {} }, 'image = {}: expected one of ubuntu-noble'],
    ['an empty object for a choice', withSmtp({ tls: {} }), 'smtp.tls = {}: expected one of starttls'],
    ['an empty object for ranges', { vpnCidrs: {} }, 'vpnCidrs = {}: expected a list of IPv4 ranges'],
    [
      'an empty second store',
      { backup: { secondary: {} } },
      'backup.secondary.endpoint: is missing; set it: pulumi config set --path',
    ],
  ])('refuse %s', (_, changes, problem) => {
    expect(problems(changes).join('\n')).toContain(problem);
  });

  test('tell every problem at once, and never a secret', () => {
    const all = problems({
      domain: 'x',
      vpnCidrs: ['0.0.0.0/0'],
      mediaGb: 1,
      smtp: { ...smtp, password: 'two\nlines' },
    });
    expect(all.map((problem) => problem.split(/[ :[]/)[0])).toEqual([
      'domain',
      'vpnCidrs',
      'smtp.password',
      'mediaGb',
    ]);
    expect(all.join('\n')).not.toContain('lines"');
  });

  test.each<[string, Raw, string]>([
    ['password', withSmtp({ password: 'two\nhunter2' }), 'hunter2'],
    ['password in the place of the relay', { smtp: 'hunter2' }, 'hunter2'],
    ['password in a list', { smtp: ['hunter2'] }, 'hunter2'],
    ['password under a wrong name', withSmtp({ secret: 'hunter2' }), 'hunter2'],
    ['private key for a public one', withKey('-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2'), 'hunter2'],
    [
      'private key for an e-mail',
      { administrators: [{ ...alice, email: '-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2' }, bob] },
      'hunter2',
    ],
    ['webhook, which may hold a key', { alerts: { webhook: 'http://hunter2' } }, 'hunter2'],
    ['secret of a second store', withSecondary({ secretAccessKey: 'two\nhunter2' }), 'hunter2'],
    ['private key for a CA', { acme: { trust: '-----BEGIN PRIVATE KEY-----\nhunter2' } }, 'hunter2'],
  ])('never repeat a %s', (_, changes, secret) => {
    expect(problems(changes)).not.toEqual([]);
    expect(problems(changes).join('\n')).not.toContain(secret);
  });

  test.each<[string, Raw, string[]]>([
    ['a domain', { domain: 'x' }, ['domain']],
    ['a domain above others', { domain: 'x', webDomain: 'social.toot.example' }, ['domain']],
    ['a web domain', { webDomain: 'x' }, ['webDomain']],
    [
      "the owner's name and e-mail",
      { administrators: [{ ...alice, name: 'A!', email: 'a' }, bob] },
      ['administrators[0].name', 'administrators[0].email'],
    ],
    [
      'people without e-mail',
      {
        administrators: [
          { ...alice, email: undefined },
          { ...bob, email: undefined },
        ],
      },
      ['administrators[0].email', 'administrators[1].email'],
    ],
    ['ranges', { vpnCidrs: 'office' }, ['vpnCidrs']],
    ['administrators', { administrators: 'alice' }, ['administrators']],
  ])('report %s once, without what follows from it', (_, changes, paths) => {
    expect(problems(changes).map((problem) => problem.split(/[ :]/)[0])).toEqual(paths);
  });

  test.each([25, 465, 587])('warn that Civo blocks port %i', (port) => {
    expect(accepted(withSmtp({ port })).warnings).toEqual([
      expect.stringContaining(`smtp.port = ${String(port)}: Civo blocks`),
    ]);
  });

  test('warn of a minor version of Mastodon that this program was not tried with, and only of such', () => {
    for (const version of ['4.6.5', '4.7.0', '4.7.6'])
      expect(accepted(withMastodon({ version })).warnings).toEqual([]);
    expect(accepted(withMastodon({ version: '4.8.0' })).warnings).toEqual([
      expect.stringContaining('mastodon.version = 4.8.0: this program was tried with Mastodon 4.6 and 4.7.'),
    ]);
  });

  test('take a key without a value, and an empty object of settings, as not given', () => {
    expect(accepted({ image: null, backup: null, adopted: {}, smtp: { ...smtp, tls: null } })).toEqual(
      accepted(),
    );
    expect(accepted({ acme: {}, alerts: {}, housekeeping: {} })).toEqual(accepted());
  });

  test('take a second store, with a region where it has one', () => {
    expect(accepted().backup.secondary).toBeUndefined();
    expect(accepted(withSecondary({})).backup.secondary).toEqual({ ...secondary, region: 'us-east-1' });
    expect(accepted(withSecondary({ region: 'eu-central-003' })).backup.secondary?.region).toBe(
      'eu-central-003',
    );
  });

  test('take addresses for alerts', () => {
    const alerts = { webhook: 'https://hooks.example.net/x?key=1', pingUrl: 'https://ping.example.net/1' };
    expect(accepted({ alerts }).alerts).toEqual({ ...alerts, releases: true });
    expect(accepted().alerts).toEqual({ releases: true });
  });

  test('leave names outside of the zone to external DNS', () => {
    expect(accepted({ webDomain: 'social.example', dns: 'external' }).webDomain).toBe('social.example');
  });
});

describe('ranges', () => {
  const address = fc.nat(0xffff_ffff);
  const prefix = fc.integer({ min: 16, max: 32 });
  const dotted = (n: number) => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.');
  const mask = (bits: number) => (bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0);

  test('are accepted exactly without host bits', () => {
    fc.assert(
      fc.property(address, prefix, (n, bits) => {
        const network = (n & mask(bits)) >>> 0;
        expect(cidrProblem(`${dotted(network)}/${String(bits)}`)).toBeUndefined();
        if (network !== n) expect(cidrProblem(`${dotted(n)}/${String(bits)}`)).toContain(dotted(network));
      }),
    );
  });

  test('wider than a /16 are accepted exactly within a private range: each of the 65,535 that there are', () => {
    const privateRanges = [
      [0x0a000000, 8], // 10.0.0.0
      [0xac100000, 12], // 172.16.0.0
      [0xc0a80000, 16], // 192.168.0.0
      [0x64400000, 10], // 100.64.0.0, of carriers and VPNs
    ] as const;
    const misjudged: string[] = [];
    for (let bits = 0; bits < 16; bits++) {
      const size = 2 ** (32 - bits);
      for (let start = 0; start < 2 ** 32; start += size) {
        const within = privateRanges.some(
          ([first, prefix]) => start >= first && start + size <= first + 2 ** (32 - prefix),
        );
        const range = `${dotted(start)}/${String(bits)}`;
        if ((cidrProblem(range) === undefined) !== within) misjudged.push(range);
      }
    }
    expect(misjudged).toEqual([]);
  });

  test('overlap exactly if one contains the other', () => {
    fc.assert(
      fc.property(address, prefix, address, prefix, (a, aBits, b, bBits) => {
        const [one, other] = [(a & mask(aBits)) >>> 0, (b & mask(bBits)) >>> 0];
        const common = mask(Math.min(aBits, bBits));
        expect(overlap(`${dotted(one)}/${String(aBits)}`, `${dotted(other)}/${String(bBits)}`)).toBe(
          (one & common) >>> 0 === (other & common) >>> 0,
        );
      }),
    );
  });
});
