/** Draws settings that are wrong in places that are known. */
import fc from 'fast-check';
import { z } from 'zod';
import { SETTINGS } from '../../settings/schema';
import { fieldsOf, unwrapped } from '../../settings/tree';
import { programSettings } from './program-settings';

type Raw = Record<string, unknown>;

/** A mistake: what is put where, by the path that the refusal must name. */
export interface Mistake {
  path: string;
  value: unknown;
}

const text = fc
  .string({ minLength: 1, maxLength: 20 })
  .filter((value) => !/^\s*[[{]/.test(value) && value.trim() !== '');
const notAString = fc.constantFrom(['x'], { a: 1 });
const notANumber = fc.oneof(fc.constantFrom('many', '1.5', '-3', '0x10', 'NaN', '1e9'), notAString);
const notABoolean = fc.constantFrom('yes', 'no', '1', 'TRUE', ['true']);
const notADomain = fc.oneof(
  notAString,
  fc.constantFrom(
    'localhost',
    'a..b',
    '-a.example',
    'http://a.example',
    'a b.example',
    '192.0.2.1',
    'a.example.',
  ),
  text.filter((value) => !value.includes('.')),
);
const notAnEmail = fc.oneof(
  notAString,
  fc.constantFrom('alice', 'alice@', '@a.example', 'a b@c.example', 'a@b@c.example'),
);
const notADigest = fc.oneof(
  notAString,
  fc.constantFrom('latest', 'sha256:1234', `sha1:${'1'.repeat(64)}`, `sha256:${'G'.repeat(64)}`),
);
const notAStore = fc.oneof(
  notANumber,
  fc.integer({ max: 499 }),
  fc.integer({ min: 501, max: 5_000 }).filter((n) => n % 500 !== 0),
);
const notAnSshKey = fc.oneof(
  notAString,
  fc.constantFrom(
    'ssh-ed25519',
    'ssh-dss AAAAB3NzaC1kc3M= x',
    'ssh-ed25519 AAAA x',
    '-----BEGIN OPENSSH PRIVATE KEY-----',
  ),
);
const notACidr = fc.oneof(
  fc.constantFrom('0.0.0.0/0', '10.0.0.0', '10.0.0.0/33', '300.1.1.0/24', '8.0.0.0/8', '::/0', 'vpn'),
  text.filter((value) => !value.includes('/')),
);

/** Values that a setting refuses by its type alone. What is in lists, or in objects that may be missing, is left out. */
function wrongByType(schema: z.ZodType, prefix = ''): [string, fc.Arbitrary<unknown>][] {
  return Object.entries(fieldsOf(schema)).flatMap(([key, field]) => {
    const inner = unwrapped(field);
    const path = `${prefix}${key}`;
    if (inner instanceof z.ZodArray) return [];
    if (inner instanceof z.ZodObject)
      return field instanceof z.ZodOptional ? [] : wrongByType(inner, `${path}.`);
    const type = inner instanceof z.ZodPipe ? inner.out : inner;
    if (type instanceof z.ZodBoolean) return [[path, notABoolean]];
    return [[path, type instanceof z.ZodNumber ? notANumber : notAString]];
  });
}

/** Wrong values of each setting, where more than the type says what is wrong. */
export const WRONG: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ...Object.fromEntries(wrongByType(SETTINGS)),
  domain: notADomain,
  webDomain: notADomain,
  mediaDomain: notADomain,
  apex: fc.oneof(fc.constantFrom('elsewhere', 'there', 'true'), notAString),
  region: fc.oneof(fc.constantFrom('PHX1', 'LON2', 'eu-west-1'), notAString),
  size: fc.oneof(fc.constantFrom('g3.xsmall', 'large', 'g3.db.small', 'g9.large'), notAString),
  image: fc.oneof(fc.constantFrom('windows', 'debian-9', 'ubuntu'), notAString),
  generation: fc.oneof(notANumber, fc.constantFrom('0', '-1')),
  vpn: fc.oneof(fc.constantFrom('openvpn', 'WireGuard', 'none'), notAString),
  vpnCidrs: fc.oneof(fc.constantFrom([], 'all', {}), fc.array(notACidr, { minLength: 1, maxLength: 3 })),
  administrators: fc.constantFrom([], 'alice', {}, [{ name: 'alice' }], ['alice', 'bob']),
  'administrators[0].name': fc.oneof(
    fc.constantFrom('root', 'Alice', '1a', 'a b', 'deploy', 'mastodon'),
    notAString,
  ),
  'administrators[1].email': notAnEmail,
  'administrators[1].sshKey': notAnSshKey,
  smtp: fc.constantFrom('smtp.example.net', [], ['x']),
  'smtp.host': notADomain,
  'smtp.port': fc.oneof(notANumber, fc.constantFrom('0', '65536')),
  'smtp.tls': fc.oneof(fc.constantFrom('ssl', 'always', 'none'), notAString),
  'smtp.authentication': fc.oneof(fc.constantFrom('none', 'PLAIN', 'xoauth2'), notAString),
  'smtp.password': fc.constantFrom('', 'two\nlines'),
  'smtp.from': notAnEmail,
  mediaGb: notAStore,
  backupGb: notAStore,
  mastodon: fc.constantFrom('4.6.5', [], ['x']),
  'mastodon.version': fc.oneof(fc.constantFrom('latest', '4', 'v4.6', '3.5.0', '4.5.9'), notAString),
  'mastodon.webDigest': notADigest,
  'mastodon.streamingDigest': notADigest,
  'mastodon.webImage': fc.oneof(
    fc.constantFrom('ghcr.io/Mastodon', 'a b', 'x:latest', 'https://ghcr.io/x'),
    notAString,
  ),
  'mastodon.federation': fc.oneof(fc.constantFrom('closed', 'true'), notAString),
  'mastodon.sso': fc.constantFrom('oidc', ['x'], {}, { oidc: {} }, { ldap: { host: 'localhost' } }),
  'mastodon.sso.oidc.issuer': fc.constantFrom('id.example.net', 'http://id.example.net', 'https://id.example.net/.well-known/openid-configuration', ['x']), // prettier-ignore
  'mastodon.sso.ldap.filter': fc.constantFrom('mail=%{email}', '(mail=*)', '(mail=%{login})', '(mail=50%)', [
    'x',
  ]),
  'mastodon.search': fc.constantFrom('https://search.example.net', true, {}, { address: 'x' }),
  'mastodon.search.address': fc.constantFrom('search.example.net', 'https://localhost:9200', 'https://search.example.net/es', 'https://me@search.example.net', ['x']), // prettier-ignore
  'mastodon.translation': fc.constantFrom('deepl', {}, { deepl: {} }, { libreTranslate: { endpoint: 'https://x.example.net/' } }), // prettier-ignore
  'mastodon.captcha': fc.constantFrom('hcaptcha', { siteKey: 'x' }, { secretKey: 'x' }),
  'mastodon.defaultLocale': fc.constantFrom('german', 'de_DE', ['x']),
  'mastodon.cacheBuster': fc.constantFrom({}, { header: 'X-Purge' }, { header: 'X Purge', secret: 'x' }),
  'mastodon.traces': fc.constantFrom('https://otlp.example.net', {}, { endpoint: 'x' }, { endpoint: 'https://otlp.example.net', share: 2 }), // prettier-ignore
  'smtp.bulk': fc.constantFrom('bulk.example.net', {}, { host: 'bulk.example.net' }, { port: 0 }),
  'mastodon.environment': fc.constantFrom('DEFAULT_LOCALE=de', [], ['x']),
  'mastodon.environment.DB_HOST': fc.oneof(text, notAString),
  'mastodon.environment.S3_KEY_PREFIX': fc.oneof(text, notAString),
  'mastodon.environment.SINGLE_USER_MODE': notABoolean,
  'mastodon.environment.IP_RETENTION_PERIOD': fc.oneof(notANumber, fc.constantFrom('0', '86399')),
  'mastodon.environment.ES_HOST': fc.oneof(
    fc.constantFrom('localhost', 'http://127.0.0.1', 'a b'),
    notAString,
  ),
  'mastodon.environment.DEEPL_API_KEY': fc.oneof(fc.constantFrom('', 'two\nlines'), notAString),
  'mastodon.environment.OMNIAUTH_ONLY': fc.constantFrom('true', true),
  'mastodon.extraEnvironment': fc.constantFrom(
    'A=1',
    ['x'],
    { DB_HOST: 'x' },
    { 'a b': 'x' },
    { A: 'two\nlines' },
  ),
  acme: fc.constantFrom("Let's Encrypt", [], ['x']),
  'acme.directory': fc.oneof(fc.constantFrom('letsencrypt', 'http://ca.example', 'ftp://x'), notAString),
  'acme.contact': notAnEmail,
  'acme.trust': fc.constantFrom('-----BEGIN CERTIFICATE-----', 'none', ['x']),
  dns: fc.oneof(fc.constantFrom('route53', 'none', 'CIVO'), notAString),
  backup: fc.constantFrom('daily', [], ['x']),
  'backup.retentionFull': fc.oneof(notANumber, fc.constantFrom('0', '1')),
  'backup.secondary': fc.constantFrom('s3', [], { endpoint: 'https://s3.example.net' }),
  'backup.secondary.endpoint': fc.oneof(
    fc.constantFrom('s3.example.net', 'http://s3.example.net', 'https://s3.example.net/x'),
    notAString,
  ),
  'backup.secondary.bucket': fc.oneof(fc.constantFrom('UPPER', 'a b', 'x', 'a/b'), notAString),
  alerts: fc.constantFrom('mail', [], ['x']),
  'alerts.webhook': fc.oneof(fc.constantFrom('hook', 'http://x.example', 'https://a b'), notAString),
  'alerts.pingUrl': fc.oneof(fc.constantFrom('ping', 'http://x.example'), notAString),
  community: fc.oneof(fc.constantFrom('community/', ' community'), notAString),
  'smtp.dkimSelector': fc.oneof(fc.constantFrom('a b', 'x.', '"s1"'), notAString),
  housekeeping: fc.constantFrom('daily', [], ['x']),
  'housekeeping.remoteMediaDays': fc.constantFrom(-1, 1.5, 'week'),
  'housekeeping.remoteMediaGb': fc.constantFrom(-1, 1.5, 'much'),
  'housekeeping.previewCardsDays': fc.constantFrom(-1, 13, 'week'),
  'housekeeping.statusesDays': fc.constantFrom(-1, 'never'),
  maintenanceWindow: fc.oneof(fc.constantFrom('01:00', '01:00-01:10', '24:00-02:00', '1-2'), notAString),
  adopted: fc.constantFrom(
    'the kit',
    ['x'],
    { from: 'backup' },
    { from: 'server', secrets: { secretKeyBase: 'x' } },
  ),
  apiEndpoint: fc.oneof(fc.constantFrom('civo', 'ftp://civo', 'https://api.civo.com/'), notAString),
};

const unknownKey = fc.record({
  path: fc.constantFrom(
    'domian',
    'vpnCidr',
    'smtp.username',
    'mastodon.digest',
    'mastodon.environment.DEFUALT_LOCALE',
    'backup.keep',
    'Size',
  ),
  value: text,
});

/** One to three mistakes, none inside another. */
export const mistakes: fc.Arbitrary<Mistake[]> = fc.uniqueArray(
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .constantFrom(...Object.keys(WRONG))
        .chain((path) => fc.record({ path: fc.constant(path), value: WRONG[path] as fc.Arbitrary<unknown> })),
    },
    { weight: 1, arbitrary: unknownKey },
  ),
  { minLength: 1, maxLength: 3, selector: ({ path }) => path.split(/[.[]/)[0] },
);

/** Valid settings with these mistakes in them. */
export function withMistakes(made: readonly Mistake[]): Raw {
  const raw = structuredClone(programSettings('http://127.0.0.1:9')) as Raw;
  for (const { path, value } of made) {
    const keys = path.split(/[.[\]]+/).filter(Boolean);
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Raw>((inside, key) => (inside[key] ??= {}) as Raw, raw);
    parent[last] = value;
  }
  return raw;
}
