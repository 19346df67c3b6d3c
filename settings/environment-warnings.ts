/** What is allowed in Mastodon's environment but has no effect, or may not be meant, as sentences without values. */
import { parse } from 'yaml';
import { type Given, isOn, type PathOf, pathsOf, setVariable } from './environment-rules';
import { VARIABLES } from './mastodon-variables';
import type { PlainSettings } from './types';
import { environmentOf, saidBy } from './variables-of-settings';

/** What begins with these is read only where the other one is true. */
const FAMILIES = ['OIDC', 'SAML', 'CAS', 'LDAP', 'PAM', 'ES', 'CACHE_BUSTER'].map((family) => ({
  family: `${family}_`,
  of: `${family}_ENABLED`,
}));

export function environmentWarnings(
  settings: Pick<PlainSettings, 'mastodon' | 'smtp' | 'webDomain'>,
): string[] {
  const all: Given = environmentOf(settings);
  const pathOf = pathsOf(saidBy(settings, settings), settings.mastodon.environment);
  return [
    ...idle(all, pathOf),
    ...unencrypted(all, pathOf),
    ...misread(all, pathOf),
    ...wrongPlan(all, pathOf),
  ];
}

function idle(all: Given, pathOf: PathOf): string[] {
  return FAMILIES.flatMap(({ family, of }) => {
    const names = Object.keys(all).filter(
      (name) => name.startsWith(family) && name !== of && all[name] !== undefined,
    );
    return names.length > 0 && !isOn(all, of)
      ? [
          `${names.map(pathOf).join(', ')}: without ${of} nothing reads that; ${setVariable(of, pathOf, 'true')}`,
        ]
      : [];
  });
}

function unencrypted(all: Given, pathOf: PathOf): string[] {
  return [
    ...(all.LDAP_METHOD === 'plain'
      ? [
          `${pathOf('LDAP_METHOD')} = ${pathOf('LDAP_METHOD').endsWith('encryption') ? 'none' : 'plain'}: everybody's passwords go over the network unencrypted`,
        ]
      : []),
    ...(isOn(all, 'ES_ENABLED') && all.ES_HOST !== undefined && !all.ES_HOST.startsWith('https://')
      ? [
          `${pathOf('ES_HOST')}: posts, and the password there, go over the network unencrypted; an address with https:// does not`,
        ]
      : []),
  ];
}

/**
 * Mastodon writes these into config/omniauth.yml as they are, and YAML has its own idea of `123`, `@x` or `a #b`.
 * (In config/email.yml it was so in 4.4.0: https://github.com/mastodon/mastodon/issues/35305.)
 */
function misread(all: Given, pathOf: PathOf): string[] {
  const isRead = (name: string) =>
    /^(OIDC|SAML|CAS)_/.test(name) && VARIABLES[name]?.kind.name === 'text' && name !== 'OIDC_SCOPE';
  return Object.entries(all)
    .filter(([name, value = '']) => isRead(name) && asYaml(value) !== value)
    .map(
      ([name]) =>
        `${pathOf(name)}: Mastodon may read another text than this, as it puts it into YAML without quotes; if logins fail, ask the provider for one of letters and digits that is no number`,
    );
}

function asYaml(text: string): unknown {
  try {
    return (parse(`text: ${text}`, { version: '1.1', logLevel: 'silent' }) as { text: unknown }).text;
  } catch {
    return undefined;
  }
}

function wrongPlan({ DEEPL_API_KEY: key = '', DEEPL_PLAN: plan }: Given, pathOf: PathOf): string[] {
  return plan === 'pro' && key.endsWith(':fx')
    ? [
        `${pathOf('DEEPL_PLAN')} = pro: the key ends with :fx, as those of the free plan do, which DeepL refuses at the address of the other`,
      ]
    : [];
}
