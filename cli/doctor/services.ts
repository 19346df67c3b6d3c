/** What Mastodon uses elsewhere: the machine asks each with Mastodon's own values (`ask-services`). */
import { environmentOf } from '../../settings/variables-of-settings';
import { bad, type Context, type Finding, ok } from './finding';

/** What `ask-services` prints of each. */
interface Asked {
  readonly service: string;
  readonly serves: boolean;
  readonly said: string;
}

/** How it is called, and what to do where it does not serve. */
const KNOWN: Readonly<Record<string, readonly [name: string, remedy: string]>> = {
  oidc: ['OpenID Connect', 'compare mastodon.sso.oidc (or the variables OIDC_*) with what the provider has of this server; no login works with it as it is'],
  ldap: ['LDAP', 'compare mastodon.sso.ldap (or LDAP_*) with the LDAP server, and see whether its firewall lets this machine in'],
  search: ['search', 'compare mastodon.search (or ES_*) with the search, and see whether its firewall lets this machine in'],
  deepl: ['DeepL', 'pulumi config set --secret --path mastodon.translation.deepl.apiKey'],
  libreTranslate: ['LibreTranslate', 'compare mastodon.translation.libreTranslate (or LIBRE_TRANSLATE_*) with it'],
  bulkMail: ['mail to everybody', 'compare smtp.bulk (or BULK_SMTP_*) with the relay; Civo blocks 25, 465 and 587'],
  traces: ['traces', 'compare mastodon.traces (or OTEL_*) with what takes them'],
}; // prettier-ignore

/** The variables that switch one on. */
const SWITCHES = ['OIDC_ENABLED', 'LDAP_ENABLED', 'ES_ENABLED', 'DEEPL_API_KEY', 'LIBRE_TRANSLATE_ENDPOINT', 'BULK_SMTP_SERVER', 'OTEL_EXPORTER_OTLP_ENDPOINT']; // prettier-ignore

export async function services({
  settings,
  machine,
}: Pick<Context, 'settings' | 'machine'>): Promise<Finding> {
  const environment = environmentOf(settings);
  if (!SWITCHES.some((name) => ![undefined, 'false'].includes(environment[name]))) {
    return { verdict: 'skipped', text: 'Mastodon uses none elsewhere' };
  }
  const said = await machine.run(['sudo', '/usr/local/lib/mastodon/ask-services'], {
    input: 'ignore',
    output: 'text',
  });
  const asked = JSON.parse(said) as readonly Asked[];
  const nameOf = ({ service }: Asked) => KNOWN[service]?.[0] ?? service;
  const refused = asked.filter(({ serves }) => !serves);
  if (refused.length === 0) return ok(asked.map((one) => `${nameOf(one)}: ${one.said}`).join('; '));
  return bad(
    refused.map((one) => `${nameOf(one)}: ${one.said}`).join('; '),
    refused.map((one) => `${nameOf(one)}: ${KNOWN[one.service]?.[1] ?? ''}`).join('\n'),
  );
}
