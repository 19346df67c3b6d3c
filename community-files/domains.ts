import ipaddr from 'ipaddr.js';
import { asciiDomain, domainProblem } from '../settings/formats';

/** What IDNA 2003, by which Mastodon reads names, and today's browsers read in different ways. */
const AMBIGUOUS = /[ßς\u200c\u200d]/i;
const ASCII = /^[\x20-\x7e]*$/;
/** What Mastodon takes for a domain (DomainValidator): a whole top-level domain, an IPv4 address and `_`, too. */
const TAKEN = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;
const LONGEST = 255;

/** What is wrong with a domain that is to be blocked or allowed, or undefined. */
export function blockedDomainProblem(given: string): string | undefined {
  const name = given.trim();
  if (name === '') return 'the domain is missing';
  if (isTaken(name)) return undefined;
  const below = /^\*?\.(.+)$/.exec(name)?.[1];
  if (below !== undefined) return `${name}: write ${below}, which takes all below it along`;
  if (/[*^$()[\]{}|\\+?]/.test(name)) {
    return `${name}: is a pattern; Mastodon knows whole domains, each with all below it, such as spam.example`;
  }
  if (name.includes('@')) return `${name}: is an address; write the domain behind its @`;
  if (AMBIGUOUS.test(name)) return `${name}: can be read in two ways; write it in Punycode (xn--…)`;
  const problem = domainProblem(name);
  return problem && `${name}: ${problem}`;
}

/** What may be a mistake in a domain, though Mastodon takes it, or undefined. */
export function blockedDomainDoubt(given: string): string | undefined {
  const name = normalDomain(given);
  if (isAddress(name)) return `${name}: is an address; it stops no server that has a name`;
  if (name !== '' && !name.includes('.'))
    return `${name}: is a whole top-level domain, with every server in it`;
  return undefined;
}

/** A name as Mastodon keeps it: in Punycode and small letters. */
export function normalDomain(given: string): string {
  const name = given.trim();
  return ASCII.test(name) ? name.toLowerCase() : asciiDomain(name);
}

const isTaken = (name: string) => (name.length <= LONGEST && TAKEN.test(name.toLowerCase())) || isIPv6(name);

/** ipaddr.js throws an error inside for each name that is no address, which takes two thirds of a check. */
const isAddress = (name: string) => (/^[\d.]+$/.test(name) && ipaddr.IPv4.isValidFourPartDecimal(name)) || isIPv6(name); // prettier-ignore

/** An old server may have such blocks; Mastodon takes no new ones. */
const isIPv6 = (name: string) => name.includes(':') && !name.includes('%') && ipaddr.IPv6.isValid(name);

/** A domain and all above it: `a.b.example` → `a.b.example`, `b.example`, `example`. */
export function withParents(domain: string): string[] {
  const names = [domain];
  for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
    names.push(domain.slice(dot + 1));
  }
  return names;
}
