import { type CloudAddresses, cloudAddresses, SLOTS } from '../addresses';
import type { FirewallRule } from '../civo/backends';

/** What the cloud's network knows of one machine. */
export interface Port {
  readonly publicIp?: string;
  /** Undefined: the network's default firewall, which is all open. */
  readonly rules?: readonly FirewallRule[];
}

/**
 * The whole nftables table of a cloud: 1:1 NAT between public and private addresses, and each machine's Civo firewall.
 * A firewall stands where all ways to a machine meet: behind the translation of the destination, in front of the bridge.
 * @param ports by private address
 * @param closed whether machines reach nothing but the cloud's own services, and answer to every client that reaches them
 */
export function ruleset(addresses: CloudAddresses, ports: ReadonlyMap<string, Port>, closed = false): string {
  const { bridge, privateCidr } = addresses;
  const mapped = [...ports].flatMap(([ip, { publicIp }]) => (publicIp ? [{ ip, publicIp }] : []));
  const guarded = [...ports].flatMap(([ip, { rules }]) => (rules ? [{ ip, rules }] : []));
  // The machines of other slots see the public address, too, as everybody does.
  const bridges = SLOTS.map((slot) => cloudAddresses(slot).bridge);
  const inside = [addresses.publicInterface, addresses.vpn.name, addresses.outsider.name, ...bridges];

  return `table ip ${bridge}
delete table ip ${bridge}
table ip ${bridge} {
	map private { type ipv4_addr : ipv4_addr; ${elements(mapped.map(({ ip, publicIp }) => `${publicIp} : ${ip}`))} }
	map public { type ipv4_addr : ipv4_addr; ${elements(mapped.map(({ ip, publicIp }) => `${ip} : ${publicIp}`))} }
	map ingress { type ipv4_addr : verdict; ${elements(guarded.map(({ ip }) => `${ip} : jump ${chain('to', ip)}`))} }
	map egress { type ipv4_addr : verdict; ${elements(guarded.map(({ ip }) => `${ip} : jump ${chain('from', ip)}`))} }
${guarded.map(({ ip, rules }) => machineChains(ip, rules)).join('')}
	chain arriving { type nat hook prerouting priority dstnat; dnat to ip daddr map @private; }
	chain local { type nat hook output priority -100; dnat to ip daddr map @private; }
	chain leaving {
		type nat hook postrouting priority srcnat;
		ip saddr ${privateCidr} oifname { ${inside.map((name) => `"${name}"`).join(', ')} } snat to ip saddr map @public
		ip saddr ${privateCidr} oifname != { ${inside.map((name) => `"${name}"`).join(', ')} } masquerade
	}
	chain to_machines {
		type filter hook postrouting priority filter;
		oifname "${bridge}" ct state established,related accept
		oifname "${bridge}" ip daddr vmap @ingress
	}
	chain from_machines {
		type filter hook prerouting priority mangle;
		iifname "${bridge}" ct state established,related accept${closed ? `\n\t\tiifname "${bridge}" ip daddr != { ${ownServices(addresses)} } drop` : ''}
		iifname "${bridge}" ip saddr vmap @egress
	}
}
`;
}

function ownServices({ dns, objectStore, acme, registry, privateCidr }: CloudAddresses): string {
  return [dns, objectStore, acme, registry, privateCidr].join(', ');
}

function machineChains(ip: string, rules: readonly FirewallRule[]): string {
  return (
    `	chain ${chain('to', ip)} { ${verdicts(rules, 'ingress')} }\n` +
    `	chain ${chain('from', ip)} { ${verdicts(rules, 'egress')} }\n`
  );
}

function chain(way: string, ip: string): string {
  return `${way}_${ip.replaceAll('.', '_')}`;
}

/** A packet that no rule allows is dropped; what a rule denies is not let through by another. */
function verdicts(rules: readonly FirewallRule[], direction: FirewallRule['direction']): string {
  const own = rules.filter((rule) => rule.direction === direction);
  const lines = (action: string, verdict: string) =>
    own.filter((rule) => rule.action === action).map((rule) => `${match(rule, direction)} ${verdict}`);
  return [...lines('deny', 'drop'), ...lines('allow', 'accept'), 'drop;'].join('; ');
}

function match({ protocol, ports, cidr }: FirewallRule, direction: FirewallRule['direction']): string {
  const side = direction === 'ingress' ? 'saddr' : 'daddr';
  const peers = cidr.includes('0.0.0.0/0') ? '' : `ip ${side} { ${cidr.join(', ')} } `;
  if (ports === '') return `${peers}ip protocol ${protocol}`;
  return `${peers}${protocol} dport ${ports}`;
}

function elements(entries: readonly string[]): string {
  return entries.length === 0 ? '' : `elements = { ${entries.join(', ')} }`;
}
