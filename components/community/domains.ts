import { asciiDomain, domainProblem } from '../../settings/checks';

/** What IDNA 2003, by which Mastodon reads names, and today's browsers read in different ways. */
const AMBIGUOUS = /[ßς\u200c\u200d]/i;

/** What is wrong with a domain that is to be blocked or allowed, or undefined. */
export function blockedDomainProblem(given: string): string | undefined {
  const name = given.trim();
  if (name === '') return 'the domain is missing';
  const below = /^\*?\.(.+)$/.exec(name)?.[1];
  if (below !== undefined) return `${name}: write ${below}, which takes all below it along`;
  if (/[*^$()[\]{}|\\+?]/.test(name)) {
    return `${name}: is a pattern; Mastodon knows whole domains, each with all below it, such as spam.example`;
  }
  if (name.includes('@')) return `${name}: is an address; write the domain behind its @`;
  if (AMBIGUOUS.test(name)) return `${name}: can be read in two ways; write it in Punycode (xn--…)`;
  if (/^[\w-]+$/.test(name)) return `${name}: is a whole top-level domain; expected one such as spam.example`;
  const problem = domainProblem(name);
  return problem && `${name}: ${problem}`;
}

/** A name as Mastodon keeps it: in Punycode and small letters. */
export const normalDomain = (name: string) => asciiDomain(name);

/** A domain and all above it: `a.b.example` → `a.b.example`, `b.example`, `example`. */
export function withParents(domain: string): string[] {
  const labels = domain.split('.');
  return labels.map((_, i) => labels.slice(i).join('.'));
}
