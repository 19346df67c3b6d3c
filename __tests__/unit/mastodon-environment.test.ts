/** The settings mastodon.environment, mastodon.extraEnvironment and mastodon.federation. */
import * as pulumi from '@pulumi/pulumi';
import { readSettings } from '../../settings';
import type { PlainSettings } from '../../settings/types';
import { validate } from '../../settings/validate';
import { programSettings } from '../support/program-settings';

type Raw = Record<string, unknown>;

const base = programSettings('http://127.0.0.1:7480');
const withMastodon = (change: Raw, others: Raw = {}): Raw => ({
  ...base,
  ...others,
  mastodon: { ...(base.mastodon as Raw), ...change },
});

function accepted(environment: Raw, change: Raw = {}): PlainSettings {
  const validation = validate(withMastodon({ environment, ...change }));
  if ('problems' in validation) throw new Error(validation.problems.join('\n'));
  return validation.settings;
}

function problems(environment: unknown, change: Raw = {}): string {
  const validation = validate(withMastodon({ environment, ...change }));
  return 'problems' in validation ? validation.problems.join('\n') : '';
}

const oidc = {
  OIDC_ENABLED: true, OIDC_DISCOVERY: true, OIDC_ISSUER: 'https://id.example.net', OIDC_CLIENT_ID: 'toot', OIDC_CLIENT_SECRET: 'hush',
  OIDC_SCOPE: 'openid,profile', OIDC_UID_FIELD: 'preferred_username',
  OIDC_REDIRECT_URI: 'https://toot.example/auth/auth/openid_connect/callback',
}; // prettier-ignore

describe('a variable of Mastodon', () => {
  test('is read as the text that Mastodon gets, however it was written', () => {
    const { environment } = accepted({
      SINGLE_USER_MODE: true, DISABLE_FOLLOWERS_SYNCHRONIZATION: 'false', MAX_SESSION_ACTIVATIONS: '12', IP_RETENTION_PERIOD: 86400,
      MAX_FOLLOWS_RATIO: 1.5, DEFAULT_LOCALE: 'pt-BR', ES_ENABLED: true, ES_HOST: 'https://search.example.net', LDAP_BASE: 12, ...oidc,
      DEEPL_API_KEY: `a "quoted" 'key' with $HOME, a # and = `,
    }).mastodon; // prettier-ignore
    expect(environment).toMatchObject({
      SINGLE_USER_MODE: 'true', DISABLE_FOLLOWERS_SYNCHRONIZATION: 'false', MAX_SESSION_ACTIVATIONS: '12', IP_RETENTION_PERIOD: '86400',
      MAX_FOLLOWS_RATIO: '1.5', LDAP_BASE: '12', OIDC_ENABLED: 'true', DEEPL_API_KEY: `a "quoted" 'key' with $HOME, a # and = `,
    }); // prettier-ignore
  });

  test('in PEM becomes one line', () => {
    const SAML_CERT = '-----BEGIN CERTIFICATE-----\nMIIB\r\n  AAAA\n-----END CERTIFICATE-----\n';
    expect(accepted({ SAML_CERT }).mastodon.environment).toEqual({
      SAML_CERT: '-----BEGIN CERTIFICATE----- MIIB AAAA -----END CERTIFICATE-----',
    });
  });

  test.each<[string, Raw, string]>([
    ['a setting stands for it', { SMTP_SERVER: 'a' }, "SMTP_SERVER: is what the setting smtp.host is for: pulumi config set --path 'smtp.host' VALUE"],
    ['a secret setting stands for it', { SMTP_PASSWORD: 'hush' }, 'SMTP_PASSWORD: is what the setting smtp.password is for: pulumi config set --secret --path smtp.password'],
    ['the federation is said elsewhere', { LIMITED_FEDERATION_MODE: true }, 'LIMITED_FEDERATION_MODE: is what the setting mastodon.federation is for'],
    ['the database is not its business', { DB_HOST: 'hush' }, 'DB_HOST: belongs to the program: PostgreSQL runs on the machine'],
    ['a key would be another one', { SECRET_KEY_BASE: 'hush' }, 'SECRET_KEY_BASE: belongs to the program: it is generated once; bin/mastodon import'],
    ['media would be elsewhere', { S3_KEY_PREFIX: 'hush' }, "S3_KEY_PREFIX: can't be given: media are at the top of the bucket"],
    ['it is gone', { STATSD_ADDR: 'hush:1' }, "STATSD_ADDR: can't be given: Mastodon 4.3 removed it"],
    ['it is misspelt', { DEFUALT_LOCALE: 'de' }, 'DEFUALT_LOCALE: is no setting; did you mean mastodon.environment.DEFAULT_LOCALE? docs/mastodon-variables.md'],
    ['it is unknown', { OUR_OWN: 'hush' }, 'OUR_OWN: is no setting; docs/mastodon-variables.md lists all that there are; one of a fork goes into mastodon.extraEnvironment'],
    ['it is neither true nor false', { SINGLE_USER_MODE: 'yes' }, 'SINGLE_USER_MODE = "yes": expected true or false'],
    ['it is too small', { IP_RETENTION_PERIOD: 5 }, 'IP_RETENTION_PERIOD = 5: expected at least 86400 seconds'],
    ['it is none of the choices', { ES_PRESET: 'big' }, 'ES_PRESET = "big": expected one of single_node_cluster'],
    ['it leads to the machine itself', { ES_HOST: 'localhost' }, 'ES_HOST = "localhost": expected a host'],
    ["it opens the machine's own services", { ALLOWED_PRIVATE_ADDRESSES: '10.0.0.1,127.0.0.0/8' }, 'and not this machine itself'],
    ['JavaScript lost digits of it', { OIDC_CLIENT_ID: 123456789012345678 }, 'OIDC_CLIENT_ID = 123456789012345680: expected a text; put it in quotes'],
    ['it has two lines', { SMTP_DOMAIN: 'a\nb' }, 'expected one line of text'],
    ['it is a secret of two lines', { DEEPL_API_KEY: 'hush\nhush' }, 'DEEPL_API_KEY: expected one line of text, without control characters; set it: pulumi config set --secret --path mastodon.environment.DEEPL_API_KEY'],
  ])('is refused where %s', (_, environment, message) => {
    expect(problems(environment)).toContain(`mastodon.environment.${message}`.replace(/^mastodon\.environment\.(?=and|expected)/, ''));
    expect(problems(environment)).not.toContain('hush');
  }); // prettier-ignore

  test('is refused, and not shown, where all of them are one text', () => {
    expect(problems('DEEPL_API_KEY=hush')).toBe(
      'mastodon.environment: is a text; expected an object; docs/mastodon-variables.md lists all that there are; one of a fork goes into mastodon.extraEnvironment',
    );
  });
});

describe('variables that belong together', () => {
  test.each<[string, Raw, Raw, string]>([
    ['OpenID Connect without its secret', { ...oidc, OIDC_CLIENT_SECRET: undefined }, {}, "OIDC_CLIENT_SECRET: is missing, and OIDC_ENABLED needs it; set it: pulumi config set --secret --path 'mastodon.environment.OIDC_CLIENT_SECRET'"],
    ['OpenID Connect without discovery and addresses', { ...oidc, OIDC_DISCOVERY: false }, {}, 'OIDC_TOKEN_ENDPOINT: is missing'],
    ['OpenID Connect that leads elsewhere', { ...oidc, OIDC_REDIRECT_URI: 'https://old.example/' }, {}, 'expected https://toot.example/auth/auth/openid_connect/callback'],
    ['SAML without a certificate', { SAML_ENABLED: true }, {}, 'SAML_IDP_CERT: is missing, and SAML_ENABLED needs it (or SAML_IDP_CERT_FINGERPRINT)'],
    ['CAS without an address', { CAS_ENABLED: true }, {}, 'CAS_URL: is missing, and CAS_ENABLED needs it (or CAS_HOST)'],
    ['LDAP without a host', { LDAP_ENABLED: true }, {}, 'LDAP_HOST: is missing'],
    ['a search without a host', { ES_ENABLED: true }, {}, 'ES_HOST: is missing'],
    ['half a captcha', { HCAPTCHA_SITE_KEY: 'x' }, {}, 'HCAPTCHA_SECRET_KEY: is missing'],
    ['half a relay', { BULK_SMTP_SERVER: 'smtp.example.net' }, {}, 'BULK_SMTP_PASSWORD: is missing'],
    ['a relay with two kinds of TLS', { BULK_SMTP_SERVER: 'smtp.example.net', BULK_SMTP_PORT: 2465, BULK_SMTP_LOGIN: 'x', BULK_SMTP_PASSWORD: 'x', BULK_SMTP_TLS: true, BULK_SMTP_ENABLE_STARTTLS: 'always' }, {}, 'BULK_SMTP_ENABLE_STARTTLS = "always": contradicts BULK_SMTP_TLS'],
    ['no password and no provider', { OMNIAUTH_ONLY: true }, {}, 'OMNIAUTH_ONLY = "true": locks everybody out'],
    ['one button beside passwords', { ...oidc, ONE_CLICK_SSO_LOGIN: true }, {}, 'ONE_CLICK_SSO_LOGIN = "true": does nothing without OMNIAUTH_ONLY'],
    ['two translators', { DEEPL_API_KEY: 'x', LIBRE_TRANSLATE_ENDPOINT: 'https://lt.example.net' }, {}, 'is never asked where DEEPL_API_KEY is given'],
    ['a closed server that gives to everybody', { AUTHORIZED_FETCH: false }, { federation: 'limited' }, 'AUTHORIZED_FETCH = "false": contradicts mastodon.federation = limited'],
  ])('are refused: %s', (_, environment, change, message) => {
    expect(problems(environment, change)).toContain(message);
  }); // prettier-ignore

  test('are fine together', () => {
    expect(problems({ ...oidc, OMNIAUTH_ONLY: true, ONE_CLICK_SSO_LOGIN: true })).toBe('');
    expect(problems({ AUTHORIZED_FETCH: true }, { federation: 'limited' })).toBe('');
  });

  test('are warned of where nothing reads them, and where passwords go over the network', () => {
    const { warnings } = accepted({ LDAP_HOST: 'ldap.example.net', LDAP_METHOD: 'plain' });
    expect(warnings).toEqual([
      expect.stringMatching(/LDAP_HOST, .*LDAP_METHOD: without LDAP_ENABLED nothing reads that/),
      expect.stringMatching(/LDAP_METHOD = plain: everybody's passwords go over the network/),
    ]);
  });
});

test('federation is open unless it is said, and has to be said where a server moves in', () => {
  expect(accepted({}).mastodon.federation).toBe('open');
  const moving = (change: Raw) => {
    const validation = validate(withMastodon(change, { adopted: { from: 'server' } }));
    return 'problems' in validation ? validation.problems.join('\n') : '';
  };
  expect(moving({})).toContain('mastodon.federation: is missing: a server that moves in');
  expect(moving({ federation: 'limited' })).not.toContain('mastodon.federation');
});

describe("a fork's variable", () => {
  test('has its way', () => {
    const { extraEnvironment } = accepted({}, { extraEnvironment: { MAX_TOOT_CHARS: 1000, OUR_OWN: 'x' } }).mastodon;
    expect(extraEnvironment).toEqual({ MAX_TOOT_CHARS: '1000', OUR_OWN: 'x' });
  }); // prettier-ignore

  test.each<[string, unknown, string]>([
    ["a variable of Mastodon's own", { DB_HOST: 'hush' }, "mastodon.extraEnvironment.DB_HOST: is a variable of Mastodon's own; it goes into mastodon.environment.DB_HOST"],
    ['no name', { 'a b': 'hush' }, 'mastodon.extraEnvironment.a b: is no name of a variable'],
    ['two lines', { A: 'hush\nhush' }, 'mastodon.extraEnvironment.A: expected one line of text'],
    ['one text', 'hush', 'mastodon.extraEnvironment: expected an object of variables'],
  ])('is refused, and not shown, where it is %s', (_, extraEnvironment, message) => {
    expect(problems({}, { extraEnvironment })).toContain(message);
    expect(problems({}, { extraEnvironment })).not.toContain('hush');
  }); // prettier-ignore
});

test('secret variables and those of forks stay secrets of the stack, and all others are readable', async () => {
  const raw = withMastodon({
    environment: { DEEPL_API_KEY: 'hush', DEFAULT_LOCALE: 'de' },
    extraEnvironment: { A: 'hush' },
  });
  const entries = Object.entries(raw).map(([key, value]) => [
    `mastodon-on-civo:${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(entries) as Record<string, string>);
  const { environment, extraEnvironment } = readSettings(new pulumi.Config('mastodon-on-civo')).mastodon;
  expect([await pulumi.isSecret(environment.DEEPL_API_KEY as pulumi.Output<string>), environment.DEFAULT_LOCALE]).toEqual([true, 'de']); // prettier-ignore
  expect(await pulumi.isSecret(extraEnvironment.A as pulumi.Output<string>)).toBe(true);
});
