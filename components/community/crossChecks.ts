import { withParents } from './domains';
import { FOLLOW, rank, swallows } from './follow';
import { type Entry, placeName, type Problems, refuseTwins } from './problems';
import type { Community } from './types';

/** The lists of a community, each thing with its place; `followed` are blocks taken over from others' lists. */
export type Entries = {
  readonly [
    List in 'team' | 'domainBlocks' | 'domainAllows' | 'emailDomainBlocks' | 'ipBlocks'
  ]: readonly Entry<Community[List][number]>[];
} & { readonly followed: Entries['domainBlocks']; readonly never: readonly Entry<string>[] };

/** What is wrong between files, or between lines of one. `own`: the server's domains. */
export function crossCheck(entries: Entries, own: readonly string[], problems: Problems): void {
  const { domainBlocks, followed, domainAllows, emailDomainBlocks, ipBlocks } = entries;
  for (const list of [domainBlocks, followed, domainAllows, emailDomainBlocks]) {
    refuseTwins<{ domain: string }>(problems, list, ({ domain }) => domain);
  }
  refuseTwins(problems, ipBlocks, ({ ip }) => ip);
  for (const list of [domainBlocks, followed]) {
    refuseOwn(list, own, problems);
    refuseSwallowed(list, problems);
    refuseNever(list, entries.never, problems);
  }
  refuseAllowed(domainBlocks, domainAllows, problems);
  warnOfOverruled(domainBlocks, domainAllows, followed, problems);
  refuseUnreachable(entries.team, emailDomainBlocks, problems);
}

function refuseOwn(blocks: Entries['domainBlocks'], own: readonly string[], problems: Problems): void {
  for (const { value, place } of blocks) {
    const hit = own.find((domain) => withParents(domain).includes(value.domain));
    if (hit === value.domain) problems.refuse(place, `${hit} is this server itself`);
    else if (hit !== undefined) {
      problems.refuse(place, `${value.domain} takes all below it along, and ${hit} is this server itself`);
    }
  }
}

function refuseSwallowed(blocks: Entries['domainBlocks'], problems: Problems): void {
  const byDomain = new Map(blocks.map((entry) => [entry.value.domain, entry]));
  for (const { value, place } of blocks) {
    const parents = withParents(value.domain).slice(1).map((parent) => byDomain.get(parent)); // prettier-ignore
    const parent = parents.find((entry) => entry && swallows(entry.value, value));
    if (parent) {
      const { domain, severity } = parent.value;
      problems.refuse(
        place,
        `${value.domain} is covered by ${domain} (${severity}) in ${placeName(parent.place)}; take it out, or make it stricter than that`,
      );
    }
  }
}

function refuseNever(
  blocks: Entries['domainBlocks'],
  never: readonly Entry<string>[],
  problems: Problems,
): void {
  const exempt = new Map(never.map((entry) => [entry.value, entry.place]));
  const above = new Map(
    never.flatMap(({ value, place }) => withParents(value).map((domain) => [domain, place] as const)),
  );
  for (const { value, place } of blocks) {
    const domain = withParents(value.domain).find((one) => exempt.has(one));
    const named = domain === undefined ? above.get(value.domain) : exempt.get(domain);
    if (named) {
      problems.refuse(
        place,
        `${value.domain} is not to be blocked, by ${placeName(named)}; take one of the two out`,
      );
    }
  }
}

function refuseAllowed(
  blocks: Entries['domainBlocks'],
  allows: Entries['domainAllows'],
  problems: Problems,
): void {
  const blocked = new Map(blocks.map(({ value, place }) => [value.domain, place]));
  for (const { value, place } of allows) {
    const other = blocked.get(value.domain);
    if (other)
      problems.refuse(place, `${value.domain} is blocked in ${placeName(other)}; take one of the two out`);
  }
}

/**
 * Names what the community decided and a list overrules. Only a warning: moderators can do so in the web interface, too.
 * A suspension takes the accounts of subdomains along (Account.by_domain_and_subdomains), whatever is said of those.
 */
function warnOfOverruled(
  blocks: Entries['domainBlocks'],
  allows: Entries['domainAllows'],
  followed: Entries['domainBlocks'],
  problems: Problems,
): void {
  const decided = new Set(blocks.map(({ value: { domain } }) => domain));
  const inForce = followed.filter(({ value }) => !withParents(value.domain).some((one) => decided.has(one)));
  const byDomain = new Map(inForce.map((entry) => [entry.value.domain, entry]));
  const remove = (domain: string) => `put ${domain} into never in ${FOLLOW} and run make community-follow`;
  for (const { value, place } of blocks) {
    const parents = withParents(value.domain).slice(1).map((parent) => byDomain.get(parent)); // prettier-ignore
    const parent = parents.find((entry) => entry && rank(entry.value) > rank(value));
    if (parent) {
      const { domain, severity } = parent.value;
      problems.warn(
        place,
        `${value.domain} (${value.severity}) is overruled by ${domain} (${severity}) in ${placeName(parent.place)}, which takes all below it along; to keep ${value.domain} milder, ${remove(value.domain)}`,
      );
    }
  }
  for (const { value, place } of allows) {
    const hit = withParents(value.domain).map((domain) => byDomain.get(domain)).find(Boolean); // prettier-ignore
    if (hit) {
      problems.warn(
        place,
        `${value.domain} is allowed here and blocked by ${hit.value.domain} (${hit.value.severity}) in ${placeName(hit.place)}; to allow it, ${remove(value.domain)}`,
      );
    }
  }
}

/** Nobody could be invited by mail at an address that is refused. */
function refuseUnreachable(
  team: Entries['team'],
  blocks: Entries['emailDomainBlocks'],
  problems: Problems,
): void {
  const blocked = new Map(blocks.map(({ value, place }) => [value.domain, place]));
  for (const { value, place } of team) {
    const domain = withParents(value.email.split('@')[1]?.toLowerCase() ?? '').find((one) =>
      blocked.has(one),
    );
    const other = domain === undefined ? undefined : blocked.get(domain);
    if (other) problems.refuse(place, `the address of ${value.username} is refused by ${placeName(other)}`);
  }
}
