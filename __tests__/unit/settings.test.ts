import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sshpk from 'sshpk';
import { parse } from 'yaml';
import { cidrProblem, overlap } from '../../settings/cidr';
import { judge, JudgedSettings, KEYS } from '../../settings/judge';

type Raw = Record<string, unknown>;

function opensshKey(type: 'ed25519' | 'rsa' | 'dsa', bits = 2048): string {
  const { publicKey } =
    type === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: bits })
        : generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 });
  return sshpk.parseKey(publicKey.export({ type: 'spki', format: 'pem' }), 'pem').toString('ssh');
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

function accepted(changes: Raw = {}): JudgedSettings {
  const judgement = judge(raw(changes));
  if ('problems' in judgement) throw new Error(judgement.problems.join('\n'));
  return judgement.settings;
}

function problems(changes: Raw): readonly string[] {
  const judgement = judge(raw(changes));
  return 'problems' in judgement ? judgement.problems : [];
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

  test('are the ones that Pulumi.yaml declares, with the same defaults', () => {
    const project = parse(readFileSync(join(__dirname, '..', '..', 'Pulumi.yaml'), 'utf8')) as {
      config: Record<string, { default?: unknown; description?: string }>;
    };
    expect(Object.keys(project.config).sort()).toEqual([...KEYS].sort());
    const settings = accepted() as unknown as Raw;
    for (const [key, { default: value, description }] of Object.entries(project.config)) {
      expect(description).toBeTruthy();
      if (value !== undefined && value !== '' && typeof value !== 'object')
        expect([key, settings[key]]).toEqual([key, value]);
    }
  });

  const rsa2048 = opensshKey('rsa', 2048);
  const dsa = opensshKey('dsa');
  const withKey = (sshKey: unknown) => ({ administrators: [{ ...alice, sshKey }, bob] });
  const withSmtp = (change: Raw) => ({ smtp: { ...smtp, ...change } });
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
    ['half a generation', { generation: 1.5 }, 'generation = 1.5: expected a whole number'],
    ['no VPN', { vpnCidrs: [] }, 'vpnCidrs: expected at least one range'],
    ['SSH for everyone', { vpnCidrs: ['0.0.0.0/0'] }, 'vpnCidrs[0] = "0.0.0.0/0": is the whole internet'],
    ['SSH for half of everyone', { vpnCidrs: ['128.0.0.0/1'] }, 'is wider than a /16'],
    ['more than a private range', { vpnCidrs: ['10.0.0.0/7'] }, 'is wider than a /16'],
    ['host bits', { vpnCidrs: ['10.8.0.1/24'] }, 'has bits set behind its prefix; expected 10.8.0.0/24'],
    ['an address without prefix', { vpnCidrs: ['10.8.0.1'] }, 'expected an IPv4 range'],
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
      'a key that is none',
      withKey('ssh-ed25519 AAAA'),
      'administrators[0].sshKey: expected an OpenSSH public key',
    ],
    ['a short RSA key', withKey(rsa2048), 'is an RSA key of 2048 bits'],
    ['a DSA key', withKey(dsa), 'is a DSA key'],
    ['a private key', withKey('-----BEGIN OPENSSH PRIVATE KEY-----\nx'), 'is a private key'],
    ['no relay', { smtp: undefined }, 'smtp.host: is missing'],
    ['a relay without password', withSmtp({ password: undefined }), 'smtp.password: expected one line'],
    ['a bad port', withSmtp({ port: 70000 }), 'smtp.port = 70000: expected a port'],
    ['a bad sender', withSmtp({ from: 'toot' }), 'smtp.from = "toot": expected an e-mail'],
    ['a sender on two lines', withSmtp({ from: 'a@b.example\nX=1' }), 'smtp.from'],
    ['an odd store', { mediaGb: 600 }, 'mediaGb = 600: expected a multiple of 500'],
    ['no store', { backupGb: 0 }, 'backupGb = 0: expected a multiple of 500'],
    [
      'an unknown version',
      withMastodon({ version: '5.0.0' }),
      'mastodon.version = "5.0.0": expected a version 4.6.x',
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
    ['a CA that is none', { acme: { trust: 'file.pem' } }, 'acme.trust: expected a certificate in PEM'],
    ['unknown DNS', { dns: 'other' }, 'dns = "other": expected one of civo, external'],
    ['one backup', { backup: { retentionFull: 1 } }, 'backup.retentionFull = 1: expected at least 2'],
    ['maybe', { converge: 'maybe' }, 'converge = "maybe": expected true or false'],
    [
      'an API in the clear',
      { apiEndpoint: 'http://api.civo.com' },
      'apiEndpoint = "http://api.civo.com": expected https',
    ],
    ['an API with a slash', { apiEndpoint: 'https://api.civo.com/' }, 'expected no slash at the end'],
    ['a misspelt setting', { domian: 'x' }, 'domian: is no setting'],
    ['an object that is a list', { smtp: [] }, 'smtp: is a list; expected an object with host'],
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

  test.each([25, 465, 587])('warn that Civo blocks port %i', (port) => {
    expect(accepted(withSmtp({ port })).warnings).toEqual([
      expect.stringContaining(`smtp.port = ${String(port)}: Civo blocks`),
    ]);
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
