import { withParents } from './domains';
import { FOLLOW, FOLLOWED, swallows } from './follow';
import { type Entry, type Place, placeName, type Problems, refuseTwins } from './problems';
import type { Community, DomainBlock } from './types';

/** The lists of a community, each thing with its place; `followed` are blocks taken over from others' lists. */
export type Entries = {
  readonly [
    List in 'team' | 'domainBlocks' | 'domainAllows' | 'emailDomainBlocks' | 'ipBlocks'
  ]: readonly Entry<Community[List][number]>[];
} & { readonly followed: Entries['domainBlocks']; readonly never: readonly Entry<string>[] };

/**
 * What is wrong between files, or between lines of one. What Mastodon takes, and has taken in its web interface, is a
 * warning. `own`: the server's domains; `taken`: the followed blocks that are left beside the community's own.
 */
export function crossCheck(
  entries: Entries,
  taken: ReadonlySet<DomainBlock>,
  own: readonly string[],
  problems: Problems,
): void {
  const { domainBlocks, followed, domainAllows, emailDomainBlocks, ipBlocks } = entries;
  for (const list of [domainBlocks, followed, domainAllows, emailDomainBlocks]) {
    refuseTwins<{ domain: string }>(problems, list, ({ domain }) => domain);
  }
  refuseTwins(problems, ipBlocks, ({ ip }) => ip);
  for (const list of [domainBlocks, followed]) refuseOwn(list, own, problems);
  // Follow writes none.
  forSwallowed(followed, followed, (place, problem) => { problems.refuse(place, `${problem}; take it out, or make it stricter than that`); }); // prettier-ignore
  forSwallowed(domainBlocks, domainBlocks, (place, problem) => { problems.warn(place, `${problem}, and changes nothing`); }); // prettier-ignore
  const effective = followed.filter(({ value }) => taken.has(value));
  forSwallowed(domainBlocks, effective, (place, problem, { domain }) => {
    problems.warn(place, `${problem}, so it changes nothing; to decide otherwise, ${exempt(domain)}`);
  });
  refuseNever(followed, entries.never, problems);
  warnAllowed([...domainBlocks, ...effective], domainAllows, problems);
  warnUnreachable(entries.team, emailDomainBlocks, problems);
}

/** What to do for a list to leave a domain alone. */
const exempt = (domain: string) =>
  `put ${domain} into never of ${FOLLOW} and run bin/mastodon community follow`;

/** Whether a block takes a domain along. */
export const isBlocked = (domain: string, blocked: string) => withParents(domain).includes(blocked);

function refuseOwn(blocks: Entries['domainBlocks'], own: readonly string[], problems: Problems): void {
  for (const { value, place } of blocks) {
    const hit = own.find((domain) => isBlocked(domain, value.domain));
    if (hit === value.domain) problems.refuse(place, `${hit} is this server itself`);
    else if (hit !== undefined) {
      problems.refuse(place, `${value.domain} takes all below it along, and ${hit} is this server itself`);
    }
  }
}

/** Reports each block that one of a list `above`, on a domain above its own, leaves nothing to do. */
function forSwallowed(
  blocks: Entries['domainBlocks'],
  above: Entries['domainBlocks'],
  tell: (place: Place, problem: string, block: DomainBlock) => void,
): void {
  const byDomain = new Map(above.map((entry) => [entry.value.domain, entry]));
  for (const { value, place } of blocks) {
    const parents = withParents(value.domain).slice(1).map((parent) => byDomain.get(parent)); // prettier-ignore
    const parent = parents.find((entry) => entry && swallows(entry.value, value));
    if (parent) {
      const { domain, severity } = parent.value;
      tell(
        place,
        `${value.domain} is covered by ${domain} (${severity}) in ${placeName(parent.place)}`,
        value,
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

function warnAllowed(
  blocks: Entries['domainBlocks'],
  allows: Entries['domainAllows'],
  problems: Problems,
): void {
  const blocked = new Map(blocks.map(({ value, place }) => [value.domain, place]));
  for (const { value, place } of allows) {
    const other = withParents(value.domain).map((domain) => blocked.get(domain)).find(Boolean); // prettier-ignore
    if (!other) continue;
    const remedy =
      other.file === FOLLOWED ? `to allow it, ${exempt(value.domain)}` : 'take one of the two out';
    problems.warn(place, `${value.domain} is blocked in ${placeName(other)}; ${remedy}`);
  }
}

/** An invitation could not reach an address that is refused. */
function warnUnreachable(
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
    if (other) problems.warn(place, `the address of ${value.username} is refused by ${placeName(other)}`);
  }
}
