/** DNS records that a server before may have left: the machine looks at the same ones before it asks for a certificate (`stray-records`). */
import { bad, type Finding, ok, type Context } from './finding';
import type { Outside } from './probe';

/** Civo's machines have no IPv6, so every such address is another machine's: browsers and authorities prefer it. */
export async function otherAddresses(name: string, outside: Outside): Promise<Finding | undefined> {
  const found = await outside.addresses6(name);
  return found.length === 0
    ? undefined
    : bad(
        `${name} also leads to ${found.join(', ')}, which is not this server`,
        `Take that AAAA record out where ${name} is served: visitors with IPv6 go there, and so does the certificate authority`,
      );
}

/** CAA records (RFC 8659): the first ones on the way up count; a top-level domain has none. */
export async function authorityAllowed(
  names: readonly string[],
  { settings, outside }: Pick<Context, 'settings' | 'outside'>,
): Promise<Finding> {
  for (const name of names) {
    const { owner, issuers } = await issuersOf(name, outside);
    if (issuers.length === 0) continue;
    const authority = await identitiesOf(settings.acme.directory, outside);
    const [wanted] = authority;
    if (wanted === undefined) {
      return {
        verdict: 'skipped',
        text: `${owner} has CAA records, and the authority does not tell its name for them`,
      };
    }
    if (issuers.some((issuer) => authority.includes(issuer))) continue;
    return bad(
      `${owner} lets only ${issuers.map((issuer) => issuer || 'nobody').join(' and ')} issue certificates`,
      `Add the record where it is served: ${owner} CAA 0 issue "${wanted}"`,
    );
  }
  return ok('no CAA record prevents certificates');
}

/** The names by which CAA records know an authority (RFC 8555, 7.1.1); none if it can't be asked or doesn't tell. */
async function identitiesOf(directory: string, outside: Outside): Promise<readonly string[]> {
  const body = await outside.get(directory).then(
    (answer) => answer.body,
    () => '{}',
  );
  const { meta } = JSON.parse(body) as { meta?: { caaIdentities?: string[] } };
  return (meta?.caaIdentities ?? []).map((name) => name.toLowerCase());
}

async function issuersOf(name: string, outside: Outside): Promise<{ owner: string; issuers: string[] }> {
  const labels = name.split('.');
  for (let i = 0; i < labels.length - 1; i++) {
    const owner = labels.slice(i).join('.');
    const found = await outside.authorities(owner);
    if (found.length > 0) return { owner, issuers: found.flatMap(({ issue }) => issuerOf(issue)) };
  }
  return { owner: name, issuers: [] };
}

/** `letsencrypt.org; accounturi=…`: the issuer alone. */
const issuerOf = (issue: string | undefined) =>
  issue === undefined ? [] : [(issue.split(';')[0] ?? '').trim().toLowerCase()];
