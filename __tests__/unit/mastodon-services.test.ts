/** Settings that stand for variables of Mastodon's environment: what each becomes, and what is refused. */
import { environmentFiles } from '../../cloud-init/environment-files';
import { VARIABLES } from '../../settings/mastodon-variables';
import { validate } from '../../settings/validate';
import { environmentOf, GROUP_OF, SETTING_OF } from '../../settings/variables-of-settings';
import { programSettings } from '../support/program-settings';

type Raw = Record<string, unknown>;

const base = programSettings('http://127.0.0.1:9');
const judged = (mastodon: Raw, smtp: Raw = {}) =>
  validate({
    ...base,
    mastodon: { ...(base.mastodon as Raw), ...mastodon },
    smtp: { ...(base.smtp as Raw), ...smtp },
  });

/** The variables that the containers of Rails get. */
function variables(mastodon: Raw, smtp?: Raw) {
  const validation = judged(mastodon, smtp);
  if ('problems' in validation) throw new Error(validation.problems.join('\n'));
  const [rails, streaming] = environmentFiles('open', environmentOf(validation.settings));
  expect(streaming?.content).not.toContain('=');
  const lines = (rails?.content ?? '').split('\n').filter((line) => /^\w+=/.test(line));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

const problems = (mastodon: Raw, smtp?: Raw) => {
  const validation = judged(mastodon, smtp);
  return 'problems' in validation ? validation.problems.join('\n') : '';
};

const warnings = (mastodon: Raw, smtp?: Raw) => {
  const validation = judged(mastodon, smtp);
  return 'settings' in validation ? validation.settings.warnings.join('\n') : '';
};

const oidc = { issuer: 'https://id.example.net/realms/x', clientId: 'mastodon', clientSecret: 'hush' };
const ldap = { host: 'ldap.example.net', base: 'dc=example', bindDn: 'cn=x', password: 'hush' };

test('a server without them has none of their variables', () => {
  expect(variables({})).toEqual({});
});

// Names and values as upstream documents them: docs.joinmastodon.org/admin/config and /admin/optional/sso, config/omniauth.yml.
test.each<[string, Raw, Raw]>([
  ['OpenID Connect', { sso: { oidc, only: true, oneClick: 'true' } }, {
    OIDC_ENABLED: 'true', OIDC_DISCOVERY: 'true', OIDC_ISSUER: oidc.issuer, OIDC_CLIENT_ID: 'mastodon', OIDC_CLIENT_SECRET: 'hush', OIDC_SCOPE: 'openid,profile,email',
    OIDC_UID_FIELD: 'preferred_username', OIDC_USE_PKCE: 'false', OIDC_SECURITY_ASSUME_EMAIL_IS_VERIFIED: 'false',
    OIDC_REDIRECT_URI: 'https://toot.example/auth/auth/openid_connect/callback', OMNIAUTH_ONLY: 'true', ONE_CLICK_SSO_LOGIN: 'true',
  }],
  ['SAML', { sso: { saml: { loginUrl: 'https://id.example.net/in', certificate: '-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n', emailIsVerified: true, uidAttribute: 'uid' } } }, {
    SAML_ENABLED: 'true', SAML_ACS_URL: 'https://toot.example/auth/auth/saml/callback', SAML_ISSUER: 'https://toot.example', SAML_IDP_SSO_TARGET_URL: 'https://id.example.net/in',
    SAML_IDP_CERT: '-----BEGIN CERTIFICATE----- MIIC -----END CERTIFICATE-----', SAML_SECURITY_ASSUME_EMAIL_IS_VERIFIED: 'true', SAML_ATTRIBUTES_STATEMENTS_UID: 'uid',
  }],
  ['SAML with a name of its own', { sso: { saml: { loginUrl: 'https://id.example.net/in', certificate: 'MIIC', issuer: 'mastodon' } } }, expect.objectContaining({ SAML_ISSUER: 'mastodon' }) as Raw],
  ['CAS', { sso: { cas: { url: 'https://cas.example.net', emailKey: 'mail' } } }, {
    CAS_ENABLED: 'true', CAS_URL: 'https://cas.example.net', CAS_EMAIL_KEY: 'mail', CAS_SECURITY_ASSUME_EMAIL_IS_VERIFIED: 'false',
  }],
  ['LDAP', { sso: { ldap: { ...ldap, uid: 'uid', filter: '(%{mail}=%{email})' } } }, {
    LDAP_ENABLED: 'true', LDAP_HOST: 'ldap.example.net', LDAP_PORT: '636', LDAP_METHOD: 'simple_tls', LDAP_BASE: 'dc=example', LDAP_BIND_DN: 'cn=x', LDAP_PASSWORD: 'hush', LDAP_UID: 'uid',
    LDAP_MAIL: 'mail', LDAP_SEARCH_FILTER: '(%{mail}=%{email})',
  }],
  ['LDAP with STARTTLS', { sso: { ldap: { ...ldap, encryption: 'starttls' } } }, expect.objectContaining({ LDAP_METHOD: 'start_tls', LDAP_PORT: '389' }) as Raw],
  ['LDAP at a port of its own', { sso: { ldap: { ...ldap, port: 3269 } } }, expect.objectContaining({ LDAP_METHOD: 'simple_tls', LDAP_PORT: '3269' }) as Raw],
  ['a search', { search: { address: 'https://search.example.net:443', user: 'u', password: 'hush', prefix: 'toot' } }, {
    ES_ENABLED: 'true', ES_HOST: 'https://search.example.net', ES_PORT: '443', ES_USER: 'u', ES_PASS: 'hush', ES_PREFIX: 'toot',
  }],
  ['a search without TLS', { search: { address: 'http://10.1.2.3' } }, { ES_ENABLED: 'true', ES_HOST: '10.1.2.3', ES_PORT: '9200' }],
  ['DeepL, free', { translation: { deepl: { apiKey: 'hush:fx' } } }, { DEEPL_API_KEY: 'hush:fx', DEEPL_PLAN: 'free' }],
  ['DeepL, pro', { translation: { deepl: { apiKey: 'hush' } } }, { DEEPL_API_KEY: 'hush', DEEPL_PLAN: 'pro' }],
  ['LibreTranslate', { translation: { libreTranslate: { endpoint: 'https://lt.example.net', apiKey: 'hush' } } }, { LIBRE_TRANSLATE_ENDPOINT: 'https://lt.example.net', LIBRE_TRANSLATE_API_KEY: 'hush' }],
  ['hCaptcha', { captcha: { siteKey: 'site', secretKey: 'hush' } }, { HCAPTCHA_SITE_KEY: 'site', HCAPTCHA_SECRET_KEY: 'hush' }],
  ['language and a single person', { defaultLocale: 'pt-BR', singleUser: 'true' }, { DEFAULT_LOCALE: 'pt-BR', SINGLE_USER_MODE: 'true' }],
  ['a cache elsewhere', { cacheBuster: { header: 'X-Purge', secret: 'hush', method: 'PURGE' } }, { CACHE_BUSTER_ENABLED: 'true', CACHE_BUSTER_HTTP_METHOD: 'PURGE', CACHE_BUSTER_SECRET_HEADER: 'X-Purge', CACHE_BUSTER_SECRET: 'hush' }],
  ['traces', { traces: { endpoint: 'https://otlp.example.net', headers: 'key=hush', share: 0.05 } }, {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example.net', OTEL_EXPORTER_OTLP_HEADERS: 'key=hush', OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.05',
  }],
])('%s: as upstream names it', (_, mastodon, expected) => {
  expect(variables(mastodon)).toEqual(expected);
}); // prettier-ignore

// The official chart has these names (mastodon/chart, templates/_helpers.tpl), Mastodon's changelog of 4.4 what they do.
test('a relay for mail to everybody is never spoken to in the clear', () => {
  const bulk = { host: 'bulk.example.net', user: 'u', password: 'hush' };
  const expected = { BULK_SMTP_SERVER: 'bulk.example.net', BULK_SMTP_PORT: '2525', BULK_SMTP_LOGIN: 'u', BULK_SMTP_PASSWORD: 'hush', BULK_SMTP_AUTH_METHOD: 'plain' };
  expect(variables({}, { bulk })).toEqual({ ...expected, BULK_SMTP_ENABLE_STARTTLS: 'always' });
  expect(variables({}, { bulk: { ...bulk, port: 2465 } })).toEqual({ ...expected, BULK_SMTP_PORT: '2465', BULK_SMTP_TLS: 'true' });
  expect(warnings({}, { bulk: { ...bulk, port: 465 } })).toContain('smtp.bulk.port = 465: Civo blocks');
}); // prettier-ignore

test.each<[string, Raw, string]>([
  ['a provider without its secret', { sso: { oidc: { ...oidc, clientSecret: undefined } } }, 'mastodon.sso.oidc.clientSecret: is missing; set it: pulumi config set --secret --path mastodon.sso.oidc.clientSecret'],
  ['sign-on without a provider', { sso: { only: true } }, 'mastodon.sso: names none of oidc, saml, cas, ldap; add one (docs/services.md), or take it out: pulumi config rm --path mastodon.sso'],
  ['only LDAP where passwords are off', { sso: { ldap, only: true } }, 'mastodon.sso.only = "true": locks everybody out'],
  ['one button beside passwords', { sso: { oidc, oneClick: true } }, "mastodon.sso.oneClick = \"true\": does nothing without OMNIAUTH_ONLY: pulumi config set --path 'mastodon.sso.only' true"],
  ['an issuer without encryption', { sso: { oidc: { ...oidc, issuer: 'http://id.example.net' } } }, 'mastodon.sso.oidc.issuer = "http://id.example.net": expected an https:// address'],
  ['the address of the discovery', { sso: { oidc: { ...oidc, issuer: 'https://id.example.net/.well-known/openid-configuration' } } }, 'expected the issuer alone'],
  ['a scope that is none of OpenID Connect', { sso: { oidc: { ...oidc, scope: ['email'] } } }, 'mastodon.sso.oidc.scope'],
  ['a filter that finds anybody', { sso: { ldap: { ...ldap, filter: '(mail=*)' } } }, 'mastodon.sso.ldap.filter = "(mail=*)": expected %{email} in it'],
  ['a filter that Ruby refuses', { sso: { ldap: { ...ldap, filter: '(mail=%{login})' } } }, 'expected one of {uid}, {mail} and {email} behind each %'],
  ['a search of half a login', { search: { address: 'https://s.example.net', user: 'u' } }, "mastodon.search.password: is missing, and ES_USER needs it; set it: pulumi config set --secret --path 'mastodon.search.password'"],
  ['a search on the machine', { search: { address: 'https://127.0.0.1:9200' } }, 'mastodon.search.address = "https://127.0.0.1:9200": expected https://'],
  ['two translators', { translation: { deepl: { apiKey: 'x' }, libreTranslate: { endpoint: 'https://lt.example.net' } } }, 'mastodon.translation.libreTranslate.endpoint = "https://lt.example.net": is never asked'],
  ['no translator', { translation: {} }, 'mastodon.translation: names none of deepl, libreTranslate'],
  ['two translators, one of them a variable', { translation: { deepl: { apiKey: 'x' } }, environment: { LIBRE_TRANSLATE_ENDPOINT: 'https://lt.example.net' } }, 'mastodon.environment.LIBRE_TRANSLATE_ENDPOINT = "https://lt.example.net": is never asked'],
  ['one thing twice', { defaultLocale: 'de', environment: { DEFAULT_LOCALE: 'fr' } }, "mastodon.environment.DEFAULT_LOCALE: is what mastodon.defaultLocale says already; leave one of them out: pulumi config rm --path 'mastodon.environment.DEFAULT_LOCALE'"],
  ['what a group says by itself twice', { sso: { oidc }, environment: { OIDC_DISCOVERY: false } }, 'mastodon.environment.OIDC_DISCOVERY: is what mastodon.sso.oidc says already'],
  ['a secret twice', { captcha: { siteKey: 'x', secretKey: 'hush' }, environment: { HCAPTCHA_SECRET_KEY: 'hush' } }, 'mastodon.environment.HCAPTCHA_SECRET_KEY: is what mastodon.captcha.secretKey says already'],
])('are refused: %s', (_, mastodon, message) => {
  expect(problems(mastodon)).toContain(message);
  expect(problems(mastodon)).not.toContain('hush');
}); // prettier-ignore

test('fine beside them are other variables of the same family', () => {
  expect(
    variables({ sso: { oidc }, environment: { OIDC_PROMPT: 'login', OMNIAUTH_ONLY: 'true' } }),
  ).toMatchObject({
    OIDC_PROMPT: 'login',
    OMNIAUTH_ONLY: 'true',
  });
});

test.each<[string, Raw, string]>([
  ['an open search', { search: { address: 'http://10.1.2.3:9200' } }, 'mastodon.search.address: posts, and the password there, go over the network unencrypted'],
  ['open LDAP', { sso: { ldap: { ...ldap, encryption: 'none' } } }, "mastodon.sso.ldap.encryption = none: everybody's passwords"],
  ['an id that YAML takes for a number', { sso: { oidc: { ...oidc, clientId: '123456789012345678' } } }, 'mastodon.sso.oidc.clientId: Mastodon may read another text'],
  ['a secret that YAML takes for a comment', { sso: { oidc: { ...oidc, clientSecret: '#hush' } } }, 'mastodon.sso.oidc.clientSecret: Mastodon may read another text'],
  ['a key of the other plan', { translation: { deepl: { apiKey: 'hush:fx', plan: 'pro' } } }, 'mastodon.translation.deepl.plan = pro: the key ends with :fx'],
])('is warned of: %s', (_, mastodon, message) => {
  expect(warnings(mastodon)).toContain(message);
  expect(warnings(mastodon)).not.toContain('hush');
}); // prettier-ignore

test('nothing is warned of where all is well', () => {
  expect(warnings({ sso: { oidc, ldap }, search: { address: 'https://s.example.net' }, captcha: { siteKey: 'x', secretKey: 'y' } })).toBe('');
}); // prettier-ignore

test('each stands for a variable that the administrator may set, and that no other setting stands for', () => {
  for (const [name] of SETTING_OF) expect([name, VARIABLES[name]?.use.by]).toEqual([name, 'administrator']);
  expect(GROUP_OF.get('OIDC_ENABLED')).toBe('mastodon.sso.oidc');
  expect(GROUP_OF.get('OIDC_ISSUER')).toBe('mastodon.sso.oidc');
  expect(GROUP_OF.get('DEFAULT_LOCALE')).toBe('mastodon.defaultLocale');
});
