/** Rules that variables of Mastodon's environment obey together: each mistake locks people out, or does nothing. */
import { VARIABLES } from './mastodon-variables';
import { type Problem, setCommand } from './problem';
import type { SettingFields } from './types';

type Given = Readonly<Record<string, string | undefined>>;

const isOn = (given: Given, name: string) => given[name] === 'true';
const isGiven = (given: Given, name: string) => given[name] !== undefined;
const pathOf = (name: string) => `mastodon.environment.${name}`;

/** How a variable is set, as it is typed into a shell. */
export const setVariable = (name: string, value?: string) =>
  VARIABLES[name]?.secret
    ? `pulumi config set --secret --path '${pathOf(name)}'`
    : setCommand(pathOf(name), value);

interface Need {
  /** Where this holds … */
  readonly if: (given: Given) => boolean;
  /** … for the sake of this variable, … */
  readonly of: string;
  /** … each of these is needed; of a list one is enough. */
  readonly all: readonly (string | readonly string[])[];
}

const on = (of: string, ...all: Need['all']): Need => ({ if: (given) => isOn(given, of), of, all });
const given = (of: string, ...all: Need['all']): Need => ({ if: (one) => isGiven(one, of), of, all });

const NEEDS: readonly Need[] = [
  on('OIDC_ENABLED', 'OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_REDIRECT_URI', 'OIDC_SCOPE', 'OIDC_UID_FIELD'),
  {
    if: (all) => isOn(all, 'OIDC_ENABLED') && !isOn(all, 'OIDC_DISCOVERY'),
    of: 'OIDC_ENABLED without OIDC_DISCOVERY',
    all: ['OIDC_HOST', 'OIDC_AUTH_ENDPOINT', 'OIDC_TOKEN_ENDPOINT', 'OIDC_USER_INFO_ENDPOINT', 'OIDC_JWKS_URI'],
  },
  on('SAML_ENABLED', 'SAML_ACS_URL', 'SAML_ISSUER', 'SAML_IDP_SSO_TARGET_URL', ['SAML_IDP_CERT', 'SAML_IDP_CERT_FINGERPRINT']),
  on('CAS_ENABLED', ['CAS_URL', 'CAS_HOST']),
  on('LDAP_ENABLED', 'LDAP_HOST', 'LDAP_BASE', 'LDAP_BIND_DN', 'LDAP_PASSWORD'),
  on('ES_ENABLED', 'ES_HOST'),
  given('HCAPTCHA_SITE_KEY', 'HCAPTCHA_SECRET_KEY'),
  given('HCAPTCHA_SECRET_KEY', 'HCAPTCHA_SITE_KEY'),
  given('CACHE_BUSTER_SECRET', 'CACHE_BUSTER_SECRET_HEADER'),
  given('CACHE_BUSTER_SECRET_HEADER', 'CACHE_BUSTER_SECRET'),
  given('LIBRE_TRANSLATE_API_KEY', 'LIBRE_TRANSLATE_ENDPOINT'),
  given('DEEPL_PLAN', 'DEEPL_API_KEY'),
  {
    if: (all) => Object.keys(all).some((name) => name.startsWith('BULK_SMTP_') && isGiven(all, name)),
    of: 'a relay for mail to everybody',
    all: ['BULK_SMTP_SERVER', 'BULK_SMTP_PORT'],
  },
  {
    if: (all) => isGiven(all, 'BULK_SMTP_SERVER') && all.BULK_SMTP_AUTH_METHOD !== 'none',
    of: 'BULK_SMTP_SERVER',
    all: ['BULK_SMTP_LOGIN', 'BULK_SMTP_PASSWORD'],
  },
]; // prettier-ignore

/** What begins with these is read only where the other one is true. */
const FAMILIES = ['OIDC', 'SAML', 'CAS', 'LDAP', 'PAM', 'ES', 'CACHE_BUSTER'].map((family) => ({
  family: `${family}_`,
  of: `${family}_ENABLED`,
}));

const PROVIDERS = ['OIDC_ENABLED', 'SAML_ENABLED', 'CAS_ENABLED'];

export function environmentProblems(
  { mastodon, adopted }: Pick<SettingFields, 'mastodon' | 'adopted'>,
  webDomain: string,
): Problem[] {
  const all: Given = mastodon.environment;
  return [
    ...NEEDS.filter((need) => need.if(all)).flatMap((need) => missing(all, need)),
    ...lockedOut(all),
    ...contradictions(all, mastodon.federation),
    ...elsewhere(all, webDomain),
    ...(adopted?.from === 'server' && mastodon.federation === undefined ? [UNSAID] : []),
  ];
}

const UNSAID: Problem = {
  path: 'mastodon.federation',
  text: `is missing: a server that moves in has to federate as it did before; set it: ${setCommand('mastodon.federation', 'open')} (or limited)`,
};

function missing(all: Given, { of, all: needed }: Need): Problem[] {
  return needed.flatMap((need) => {
    const names = typeof need === 'string' ? [need] : need;
    const [first = ''] = names;
    if (names.some((name) => isGiven(all, name))) return [];
    const others = names.length > 1 ? ` (or ${names.slice(1).join(', ')})` : '';
    return [
      { path: pathOf(first), text: `is missing, and ${of} needs it${others}; set it: ${setVariable(first)}` },
    ];
  });
}

/** What keeps everybody from logging in. */
function lockedOut(all: Given): Problem[] {
  const only = isOn(all, 'OMNIAUTH_ONLY');
  const value = 'true';
  if (only && !PROVIDERS.some((name) => isOn(all, name))) {
    const text = `locks everybody out where none of ${PROVIDERS.join(', ')} is true`;
    return [{ path: pathOf('OMNIAUTH_ONLY'), value, text }];
  }
  if (isOn(all, 'ONE_CLICK_SSO_LOGIN') && !only) {
    const text = `does nothing without OMNIAUTH_ONLY: ${setVariable('OMNIAUTH_ONLY', 'true')}`;
    return [{ path: pathOf('ONE_CLICK_SSO_LOGIN'), value, text }];
  }
  return [];
}

function contradictions(all: Given, federation: string | undefined): Problem[] {
  const refuse = (path: string, value: string | undefined, text: string): Problem[] => [
    { path, value, text },
  ];
  const bulkTls = ['BULK_SMTP_TLS', 'BULK_SMTP_SSL'].find((name) => isOn(all, name));
  return [
    ...(federation === 'limited' && all.AUTHORIZED_FETCH === 'false'
      ? refuse(pathOf('AUTHORIZED_FETCH'), 'false', 'contradicts mastodon.federation = limited, which always demands signatures; leave it out') // prettier-ignore
      : []),
    ...(isGiven(all, 'DEEPL_API_KEY') && isGiven(all, 'LIBRE_TRANSLATE_ENDPOINT')
      ? refuse(pathOf('LIBRE_TRANSLATE_ENDPOINT'), all.LIBRE_TRANSLATE_ENDPOINT, 'is never asked where DEEPL_API_KEY is given; leave one of them out') // prettier-ignore
      : []),
    ...(bulkTls !== undefined && isGiven(all, 'BULK_SMTP_ENABLE_STARTTLS')
      ? refuse(pathOf('BULK_SMTP_ENABLE_STARTTLS'), all.BULK_SMTP_ENABLE_STARTTLS, `contradicts ${bulkTls}: Mastodon does not start with both; leave one of them out`) // prettier-ignore
      : []),
  ];
}

/** Where a provider sends people back to is a page of this server. */
function elsewhere(all: Given, webDomain: string): Problem[] {
  const callbacks = {
    OIDC_REDIRECT_URI: `https://${webDomain}/auth/auth/openid_connect/callback`,
    SAML_ACS_URL: `https://${webDomain}/auth/auth/saml/callback`,
  };
  return Object.entries(callbacks).flatMap(([name, expected]) => {
    const value = all[name];
    return value === undefined || value === expected || webDomain === ''
      ? []
      : [
          {
            path: pathOf(name),
            value,
            text: `leads people nowhere after they logged in; expected ${expected}`,
          },
        ];
  });
}

/** Variables that have no effect, as sentences; and what others could read. */
export function environmentWarnings(all: Given): string[] {
  const idle = FAMILIES.flatMap(({ family, of }) => {
    const names = Object.keys(all).filter(
      (name) => name.startsWith(family) && name !== of && isGiven(all, name),
    );
    return names.length > 0 && !isOn(all, of)
      ? [`${names.map(pathOf).join(', ')}: without ${of} nothing reads that; ${setVariable(of, 'true')}`]
      : [];
  });
  return [
    ...idle,
    ...(all.LDAP_METHOD === 'plain'
      ? [`${pathOf('LDAP_METHOD')} = plain: everybody's passwords go over the network unencrypted`]
      : []),
  ];
}
