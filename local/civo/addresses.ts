/** IPv4 arithmetic for the address pools. */
import ipaddr from 'ipaddr.js';

import type { AddressRange } from './options';

const toNumber = (address: string): number =>
  ipaddr.IPv4.parse(address)
    .toByteArray()
    .reduce((sum, byte) => sum * 256 + byte, 0);

const toAddress = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');

/** The lowest address of `range` that is not in `used`, or undefined if all are. */
export function freeAddress(range: AddressRange, used: ReadonlySet<string>): string | undefined {
  for (let number = toNumber(range.first); number <= toNumber(range.last); number += 1) {
    const address = toAddress(number);
    if (!used.has(address)) return address;
  }
  return undefined;
}

export function inRange(address: string, range: AddressRange): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address)) return false;
  const number = toNumber(address);
  return toNumber(range.first) <= number && number <= toNumber(range.last);
}

/** The addresses of `cidr` that a machine can have: all but network, gateway and broadcast. */
export function hostRange(cidr: string): AddressRange {
  const [network, prefix] = ipaddr.IPv4.parseCIDR(cidr);
  const first = toNumber(network.toString());
  return { first: toAddress(first + 2), last: toAddress(first + 2 ** (32 - prefix) - 2) };
}

/** Whether `text` is an IPv4 network in CIDR notation. */
export function isCidr(text: string): boolean {
  return ipaddr.IPv4.isValidCIDR(text);
}
