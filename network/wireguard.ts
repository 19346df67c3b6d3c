import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';

/** The VPN that a machine of ours is the end point of, where the setting `vpn` says so. */
export const WIREGUARD = {
  /** Not among the ranges that home routers and clouds give out by themselves. */
  cidr: '10.207.0.0/16',
  /** The machine in it. */
  machine: '10.207.0.1',
  /** UDP. */
  port: '51820',
} as const;

/**
 * The VPN addresses of people, by name. They follow from the names: who comes or goes changes no one else's
 * configuration.
 */
export function peerAddresses(names: readonly string[]): ReadonlyMap<string, string> {
  const [base, prefix] = ipaddr.IPv4.parseCIDR(WIREGUARD.cidr);
  // Without the network, the machine and broadcast.
  const places = 2 ** (32 - prefix) - 3;
  const taken = new Map<number, string>();
  for (const name of names) {
    let place = createHash('sha256').update(name).digest().readUInt32BE() % places;
    while (taken.has(place)) place = (place + 1) % places;
    taken.set(place, name);
  }
  return new Map([...taken].map(([place, name]) => [name, nth(base, place + 2)]));
}

function nth(base: ipaddr.IPv4, n: number): string {
  const [a = 0, b = 0] = base.octets;
  return [a, b, n >> 8, n & 0xff].join('.');
}
