/** Rules that variables of Mastodon's environment obey together: each mistake locks people out, or does nothing. */
import { valueAt } from '../lib/value-at';
import { VARIABLES } from './mastodon-variables';
import { type Problem, setCommand } from './problem';
import type { PlainSettings, SettingFields } from './types';
import { environmentOf, GROUP_OF, saidBy, SETTING_OF, type Said } from './variables-of-settings';

export type Given = Readonly<Record<string, string | undefined>>;

export const isOn = (given: Given, name: string) => given[name] === 'true';
const isGiven = (given: Given, name: string) => given[name] !== undefined;
const inEnvironment = (name: string) => `mastodon.environment.${name}`;

/** Where a variable is set: where the stack has it, or else where it would be with what the stack has. */
export type PathOf = (name: string) => string;

export function pathsOf(said: readonly Said[], environment: Given): PathOf {
  const groups = said.map(({ variable }) => GROUP_OF.get(variable) ?? '');
  return (name) => {
    const [setting, group] = [SETTING_OF.get(name), GROUP_OF.get(name)];
    const isThere = groups.some((one) => one === group || one.startsWith(`${group ?? ''}.`));
    return setting === undefined || isGiven(environment, name) || !isThere ? inEnvironment(name) : setting;
  };
}

/** How a variable is set, as it is typed into a shell. */
export const setVariable = (name: string, pathOf: PathOf, value?: string) =>
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
  given('ES_USER', 'ES_PASS'),
  given('ES_PASS', 'ES_USER'),
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

const PROVIDERS = ['OIDC_ENABLED', 'SAML_ENABLED', 'CAS_ENABLED'];

/** `settings`: with the defaults that depend on others. */
export function environmentProblems(
  { mastodon, adopted }: Pick<SettingFields, 'mastodon' | 'adopted'>,
  settings: Pick<PlainSettings, 'mastodon' | 'smtp' | 'webDomain'>,
): Problem[] {
  const said = saidBy(settings, settings);
  const all: Given = environmentOf(settings);
  const pathOf = pathsOf(said, mastodon.environment);
  return [
    ...saidTwice(said, mastodon.environment),
    ...emptyGroups(mastodon),
    ...NEEDS.filter((need) => need.if(all)).flatMap((need) => missing(all, need, pathOf)),
    ...lockedOut(all, pathOf),
    ...contradictions(all, mastodon.federation, pathOf),
    ...elsewhere(all, settings.webDomain, pathOf),
    ...(adopted?.from === 'server' && mastodon.federation === undefined ? [UNSAID] : []),
  ];
}

/** One of the two would be without effect. */
function saidTwice(said: readonly Said[], environment: Given): Problem[] {
  return said
    .filter(({ variable }) => isGiven(environment, variable))
    .map(({ variable, setting }) => ({
      path: inEnvironment(variable),
      text: `is what ${setting} says already; leave one of them out: pulumi config rm --path '${inEnvironment(variable)}'`,
    }));
}

/** Groups that say nothing without one of their parts. */
function emptyGroups({ sso, translation }: SettingFields['mastodon']): Problem[] {
  const parts: readonly (readonly [path: string, group: object | undefined, names: readonly string[]])[] = [
    ['mastodon.sso', sso, ['oidc', 'saml', 'cas', 'ldap']],
    ['mastodon.translation', translation, ['deepl', 'libreTranslate']],
  ];
  return parts
    .filter(
      ([, group, names]) => group !== undefined && !names.some((name) => valueAt(group, name) !== undefined),
    )
    .map(([path, , names]) => ({
      path,
      text: `names none of ${names.join(', ')}; add one (docs/services.md), or take it out: pulumi config rm --path ${path}`,
    }));
}

const UNSAID: Problem = {
  path: 'mastodon.federation',
  text: `is missing: a server that moves in has to federate as it did before; set it: ${setCommand('mastodon.federation', 'open')} (or limited)`,
};

function missing(all: Given, { of, all: needed }: Need, pathOf: PathOf): Problem[] {
  return needed.flatMap((need) => {
    const names = typeof need === 'string' ? [need] : need;
    const [first = ''] = names;
    if (names.some((name) => isGiven(all, name))) return [];
    const others = names.length > 1 ? ` (or ${names.slice(1).join(', ')})` : '';
    return [
      {
        path: pathOf(first),
        text: `is missing, and ${of} needs it${others}; set it: ${setVariable(first, pathOf)}`,
      },
    ];
  });
}

/** What keeps everybody from logging in. */
function lockedOut(all: Given, pathOf: PathOf): Problem[] {
  const only = isOn(all, 'OMNIAUTH_ONLY');
  const value = 'true';
  if (only && !PROVIDERS.some((name) => isOn(all, name))) {
    const text = `locks everybody out where none of ${PROVIDERS.join(', ')} is true`;
    return [{ path: pathOf('OMNIAUTH_ONLY'), value, text }];
  }
  if (isOn(all, 'ONE_CLICK_SSO_LOGIN') && !only) {
    const text = `does nothing without OMNIAUTH_ONLY: ${setVariable('OMNIAUTH_ONLY', pathOf, 'true')}`;
    return [{ path: pathOf('ONE_CLICK_SSO_LOGIN'), value, text }];
  }
  return [];
}

function contradictions(all: Given, federation: string | undefined, pathOf: PathOf): Problem[] {
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
function elsewhere(all: Given, webDomain: string, pathOf: PathOf): Problem[] {
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
