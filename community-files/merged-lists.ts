import { withParents } from './domains';
import { type Followed, rank, swallows } from './follow';

/**
 * All lists in one, whatever their order: of each domain the strictest severity and every flag that one of them has; nothing
 * that the allow list names, holds or is below. A block takes over what is stricter on a domain above it, since Mastodon asks
 * the nearest one alone (DomainBlock.rule_for); one that adds nothing to that is left out.
 */
export function merged(lists: readonly (readonly Followed[])[], never: readonly string[]): Followed[] {
  const above = new Set(never.flatMap(withParents));
  const exempt = new Set(never);
  const byDomain = new Map<string, Followed>();
  for (const block of lists.flat()) {
    if (above.has(block.domain) || withParents(block.domain).some((one) => exempt.has(one))) continue;
    const known = byDomain.get(block.domain);
    byDomain.set(block.domain, known ? combined(known, block) : block);
  }
  const kept = new Map<string, Followed>();
  const depth = ({ domain }: Followed) => domain.split('.').length;
  for (const block of [...byDomain.values()].sort((a, b) => depth(a) - depth(b))) {
    const nearest = withParents(block.domain).find((domain) => kept.has(domain));
    const parent = nearest === undefined ? undefined : kept.get(nearest);
    const inherited = parent ? { ...strictest(block, parent), domain: block.domain } : block;
    if (!parent || !swallows(parent, inherited)) kept.set(block.domain, inherited);
  }
  return [...kept.values()].sort((a, b) => (a.domain < b.domain ? -1 : 1));
}

/** Two blocks of one domain. The stricter names its list and comment; of equal ones the first that has a comment, by list. */
function combined(a: Followed, b: Followed): Followed {
  const [first] = [a, b].sort(
    (one, other) =>
      rank(other) - rank(one) ||
      Number(other.publicComment !== '') - Number(one.publicComment !== '') ||
      compare(one.list, other.list) ||
      compare(one.publicComment, other.publicComment),
  );
  return { ...strictest(first ?? a, first === a ? b : a), obfuscate: a.obfuscate || b.obfuscate };
}

const compare = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);

/** A block, with what is stricter in another one. */
const strictest = (block: Followed, other: Followed): Followed => ({
  ...block,
  severity: rank(other) > rank(block) ? other.severity : block.severity,
  rejectMedia: block.rejectMedia || other.rejectMedia,
  rejectReports: block.rejectReports || other.rejectReports,
});
