/** Whether another site, at the accounts' domain, leads other servers here. */
import { messageOf } from '../../lib/message-of';
import { APEX_PATHS, apexLines } from '../../network/apex';
import { bad, type Context, type Finding, ok } from './finding';

export async function apex({
  settings,
  outside,
}: Pick<Context, 'outside'> & {
  settings: Pick<Context['settings'], 'apex' | 'domain' | 'webDomain'> & {
    administrators: readonly { readonly username: string }[];
  };
}): Promise<Finding> {
  const { domain, webDomain } = settings;
  if (settings.apex === 'here') return { verdict: 'skipped', text: `this machine serves ${domain}` };
  const resource = `acct:${settings.administrators[0]?.username ?? ''}@${domain}`;
  for (const path of APEX_PATHS) {
    // All that is behind the ? has to arrive: webfinger says there who is looked for.
    const query = `?resource=${encodeURIComponent(resource)}`;
    const asked = `https://${domain}${path}${query}`;
    const problem = await outside.get(asked).then(
      ({ status, headers: { location }, body }) => {
        const expected = `https://${webDomain}${path}${query}`;
        if (status >= 300 && status < 400 && location !== undefined) {
          return isSame(new URL(location, asked).href, expected) ? undefined : `leads to ${location}; expected ${expected}`;
        }
        // A proxy that passes it on serves as well.
        return status === 200 && body.includes(webDomain) ? undefined : `answers ${String(status)}; expected a redirect to ${expected}`;
      },
      (error: unknown) => `can't be asked (${messageOf(error)}); expected a redirect to https://${webDomain}${path}`,
    );
    if (problem !== undefined) return bad(`https://${domain}${path} ${problem}`, remedy(domain, webDomain));
  }
  return ok(`${domain} leads ${APEX_PATHS.join(', ')} to ${webDomain}`);
} // prettier-ignore

/** The same address, however the query is encoded. */
const isSame = (one: string, other: string) => {
  const [a, b] = [new URL(one), new URL(other)];
  return a.origin === b.origin && a.pathname === b.pathname && a.searchParams.get('resource') === b.searchParams.get('resource');
}; // prettier-ignore

function remedy(domain: string, webDomain: string): string {
  const lines = Object.entries(apexLines(webDomain)).map(([who, text]) => `# ${who}:\n${text}`);
  return `Whatever serves ${domain} has to lead these there, else no other server finds an account (docs/apex.md):\n${lines.join('\n')}`;
}
