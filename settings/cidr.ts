import ipaddr from 'ipaddr.js';

/** Ranges that no host on the internet can have: a whole one may be the VPN's. */
const PRIVATE_RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map((range) =>
  ipaddr.IPv4.parseCIDR(range),
);

/** The widest public range that SSH may be open to, in bits of its prefix. */
const WIDEST_PUBLIC_PREFIX = 16;

/** What is wrong with a range that SSH shall be open to, as the end of a sentence; undefined if nothing is. */
export function cidrProblem(text: string): string | undefined {
  const form = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/;
  if (text.includes(':')) return 'expected an IPv4 range: machines at Civo have no IPv6 address';
  if (
    !form.test(text) ||
    !ipaddr.IPv4.isValidCIDR(text) ||
    !ipaddr.IPv4.isValidFourPartDecimal(text.split('/')[0] ?? '')
  ) {
    return 'expected an IPv4 range such as 203.0.113.0/24, or one address such as 203.0.113.7/32';
  }
  const [address, prefix] = ipaddr.IPv4.parseCIDR(text);
  const network = ipaddr.IPv4.networkAddressFromCIDR(text).toString();
  if (prefix === 0) return 'is the whole internet; give the range of your VPN';
  if (address.toString() !== network)
    return `has bits set behind its prefix; expected ${network}/${String(prefix)}`;
  const isPrivate = PRIVATE_RANGES.some(([range, bits]) => prefix >= bits && address.match(range, bits));
  if (!isPrivate && prefix < WIDEST_PUBLIC_PREFIX) {
    return `is wider than a /${String(WIDEST_PUBLIC_PREFIX)} of public addresses; give the range of your VPN`;
  }
  return undefined;
}

/** Whether two valid ranges have an address in common. */
export function overlap(one: string, other: string): boolean {
  const [a, aBits] = ipaddr.IPv4.parseCIDR(one);
  const [b, bBits] = ipaddr.IPv4.parseCIDR(other);
  return a.match(b, Math.min(aBits, bBits));
}
