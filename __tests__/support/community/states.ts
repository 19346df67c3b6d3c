/** States of a server as Mastodon 4.6 and 4.7 can hold them: what their models and forms accept, and older ones did. */
import fc from 'fast-check';
import type { Server } from '../../../community-files/types';
import { PERMISSIONS } from '../../../community-files/permissions';

export type State = Server['community'];

export const NOTHING: State = {
  roles: [],
  team: [],
  rules: [],
  terms: null,
  settings: {},
  domainBlocks: [],
  domainAllows: [],
  emailDomainBlocks: [],
  ipBlocks: [],
};

const PIECES = [
  'Hate', 'ü', '漢字', '👩‍🚀', ' ', '  ', '\t', '\r\n', '\n', '\r', '\r\n\r\n', '\n\n\n', '\u00a0', '\u0085', '\u2028', '\ufeff', '\u200b',
  '# ', '## Examples', '### de: x', '##x', '\\', '\\\\', '- a', '* b', '1. ', '12) ', '---', '- - -', '===', '"', "'", ',', ';', ':', ': ',
  '{#kind}', '{#', '}', '|', '> ', '&', '*', '!', '%', '@', '`', '~', 'null', 'yes', '0x1', '1e3', '2027-01-31', '=1+1', '\u0001', '\u007f',
  'a.example,suspend', 'spam.example,silence,true', '[as code] see', '<b>',
]; // prettier-ignore
/** Any that PostgreSQL keeps: but NUL. fast-check's own unit takes seconds to begin with. */
const character = fc
  .oneof(fc.integer({ min: 1, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
export const anyText = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 9 }).map((some) => some.join('')) },
  { weight: 2, arbitrary: fc.string({ unit: character, maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constant(`${'long and '.repeat(70)}\r\nlonger`) },
); // prettier-ignore
/** `presence: true`, of at most so many characters. */
const someText = (most: number) =>
  anyText
    .map((text) => Array.from(text).slice(0, most).join(''))
    .filter((text) => !/^[\p{White_Space}\ufeff]*$/u.test(text));

const label = fc.string({ unit: fc.constantFrom(...Array.from('abcxyz019_-')), minLength: 1, maxLength: 8 });
const ipv4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'));
/** What Mastodon takes for a domain. */
export const name = fc.oneof(
  fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.')),
  fc.constantFrom('cf', 'su', 'misskey-forkbomb', 'big.example', 'a.big.example', 'b.a.big.example', 'nice.big.example'),
  fc.constantFrom('xn--bcher-kva.example', 'xn--p1ai', 'xn--a.example', 'bad_host.example', '-a.example', '1.2.3'),
  fc.constantFrom('x'.repeat(63), `${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.${'w'.repeat(60)}.example.net`),
  // The server itself, and what is above it.
  fc.constantFrom('toot.example', 'example'),
  ipv4,
); // prettier-ignore
/** Blocks that are older than DomainValidator. */
const oldName = fc.oneof(
  { weight: 20, arbitrary: name },
  { weight: 1, arbitrary: fc.constant('2001:db8::1') },
);

const inet = fc.oneof(
  fc.tuple(ipv4, fc.constant('32')),
  fc.constantFrom(['0.0.0.0', '0'], ['10.0.0.0', '8'], ['192.0.2.0', '24'], ['2001:db8::', '32'], ['::', '0'], ['::1', '128']),
  // As Ruby writes them.
  fc.constantFrom(['::ffff:192.0.2.1', '128'], ['::192.0.2.1', '128'], ['2001:db8:0:0:1::', '80'], ['::ffff:0.0.0.0', '96']),
).map(([address, bits]) => `${address}/${bits}`); // prettier-ignore

const list = <T>(item: fc.Arbitrary<T>, key: (item: T) => string, maxLength = 4) =>
  fc.uniqueArray(item, { maxLength, selector: key });
const byDomain = ({ domain }: { domain: string }) => domain;

const role = fc.record({
  name: fc.oneof(
    fc.constantFrom(
      'Helper',
      'Translator',
      'toString',
      '1',
      'null',
      ' x ',
      '\u0001\n\n\n \n\n\nHate[as code] seeHate',
    ),
    someText(40),
  ),
  permissions: fc.subarray([...PERMISSIONS]),
  position: fc.oneof(fc.integer({ min: -5, max: 1100 }), fc.constantFrom(2 ** 31 - 1, -(2 ** 31) + 1)),
  color: fc.constantFrom('', '#6364ff', '6364FF', 'fff', '#FFF', '000000', '123456'),
  highlighted: fc.boolean(),
  require2fa: fc.boolean(),
});

const member = fc.record({
  username: fc.constantFrom('alice', 'bob', 'Carol', 'dave_1', '0x10', 'null', '123', 'x'.repeat(30)),
  role: fc.constantFrom('Owner', 'Admin', 'Moderator'),
}).map((one) => ({ ...one, email: `${one.username}'&x@mail.example`, languages: [] })); // prettier-ignore

const leader = (username: string) => ({
  username,
  email: `${username}@toot.example`,
  role: 'Owner',
  languages: [],
});

const LANGUAGES = [
  'de',
  'pt-BR',
  'zh-TW',
  'sr-Latn',
  'es-AR',
  'ckb',
  'kab',
  'szl',
  'tok',
  'en-GB',
  'be-tarask',
  'zh-YUE',
  'no',
];
const rule = fc.record({
  id: fc.integer({ min: 1, max: 8 }),
  text: someText(300),
  hint: anyText,
  translations: list(
    fc.record({ language: fc.constantFrom(...LANGUAGES), text: someText(300), hint: anyText }),
    ({ language }) => language,
    3,
  ),
});
/** In the server's order, whose numbers mean nothing to others. */
const rules = list(rule, ({ id }) => String(id)).map((some) =>
  some.map(({ id, ...rest }, i) => ({ key: `rule-${String(id)}`, priority: i + 1, ...rest })),
);

const terms = fc.option(
  fc.record({
    text: someText(2_000),
    changelog: someText(2_000),
    effectiveDate: fc.constantFrom('2027-01-15', '2027-03-01', '2020-02-29'),
  }),
);

const days = fc.constantFrom(0, 1, 7, 365, -1, '', null);
const yesOrNo = fc.boolean();
const settings = fc.record({
  site_title: anyText,
  site_short_description: anyText,
  site_contact_username: fc.constantFrom('alice', '@alice', 'alice@toot.example'),
  site_contact_email: fc.oneof(fc.constantFrom("o'neil@toot.example", 'nobody'), someText(60)),
  registrations_mode: fc.constantFrom('open', 'approved', 'none'),
  closed_registrations_message: anyText,
  require_invite_text: yesOrNo,
  min_age: fc.constantFrom(16, 0, 999, '', null),
  bootstrap_timeline_accounts: fc.constantFrom('', 'alice', '@alice, bob'),
  landing_page: fc.constantFrom('trends', 'overview', 'local_feed', 'about'),
  trends: yesOrNo,
  media_cache_retention_period: days,
  backups_retention_period: days,
  status_page_url: fc.constantFrom('', 'https://status.example/', 'http://status.example/a?b=c'),
  email_footer_text: anyText,
  custom_css: anyText,
  site_terms: anyText,
  site_extended_description: anyText,
});

const severity = fc.constantFrom('noop' as const, 'silence' as const, 'suspend' as const);
const domainBlock = fc.record({
  domain: oldName,
  severity,
  rejectMedia: fc.boolean(),
  rejectReports: fc.boolean(),
  publicComment: anyText,
  obfuscate: fc.boolean(),
  reasonUrl: fc.constantFrom('', 'https://toot.example/1', 'https://a/,";#x'),
});
const ipBlock = fc.record({
  ip: inet,
  severity: fc.constantFrom('sign_up_requires_approval' as const, 'sign_up_block' as const, 'no_access' as const),
  comment: anyText,
  expiresAt: fc.constantFrom(undefined, '2027-01-31T12:00:00Z', '2026-11-01T00:00:00Z', '2100-12-31T23:59:59Z', '20277-01-31T00:00:00Z'),
}).map(({ expiresAt, ...rest }) => ({ ...rest, ...(expiresAt !== undefined && { expiresAt }) })); // prettier-ignore

/** For each kind what a server may have of it. */
export const STATES: Readonly<Record<string, fc.Arbitrary<Partial<State>>>> = {
  roles: fc.record({ roles: list(role, (one) => one.name) }),
  // With two leaders: community-pull.test.ts has what a pull does where there are none.
  members: fc.record({ team: list(member, ({ username }) => username) }).map(({ team }) => ({
    team: [
      leader('alice'),
      leader('bob'),
      ...team.filter(({ username }) => !['alice', 'bob'].includes(username)),
    ],
  })),
  rules: fc.record({ rules }),
  terms: fc.record({ terms }),
  settings: fc.record({ settings }),
  'domain blocks': fc.record({ domainBlocks: list(domainBlock, byDomain) }),
  'domain allows': fc.record({ domainAllows: list(fc.record({ domain: oldName }), byDomain) }),
  'e-mail domain blocks': fc.record({
    emailDomainBlocks: list(fc.record({ domain: name, allowWithApproval: fc.boolean() }), byDomain),
  }),
  // No visitor reaches a server that lets no one in.
  'IP blocks': fc.record({
    ipBlocks: list(
      ipBlock.filter(({ ip, severity: most }) => !ip.endsWith('/0') || most !== 'no_access'),
      ({ ip }) => ip,
    ),
  }),
};
