import type { ResourceValidationPolicy } from '@pulumi/policy';
import ipaddr from 'ipaddr.js';
import type { Stack } from './stack';

const FIREWALLS = ['civo:index/firewall:Firewall', 'civo:index/vpcFirewall:VpcFirewall'];

interface Rule {
  label?: string;
  protocol?: string;
  portRange?: string;
  cidrs?: string[];
  action?: string;
}

/** What the world may reach. SSH is the VPN's alone. */
const OPEN = ['tcp 80', 'tcp 443', 'icmp'];
const SSH_PORT = 22;
/** With the setting metrics: for Prometheus, on the VPN too. */
const METRICS_PORT = 9180;
/** With the setting vpn: wireguard: its port, and the addresses that it gives out. */
const WIREGUARD = 'udp 51820';
const WIREGUARD_CIDR = '10.207.0.0/16';

const ONE_LIST = 'the list is in network/firewall-rules.ts, for this firewall and the machine’s own';

export function firewallPolicies(stack: Stack): ResourceValidationPolicy[] {
  return [
    {
      name: 'ssh-from-vpn-only',
      description:
        'SSH and metrics are open to the ranges of the VPN alone, and none of them is as wide as a part of the internet.',
      validateResource: ({ type, props }, report) => {
        if (!FIREWALLS.includes(type)) return;
        for (const rule of allowed(props).filter(isForVpn)) {
          for (const cidr of rule.cidrs ?? []) {
            const problem = rangeProblem(cidr, stack);
            if (problem) {
              report(
                `${nameOf(rule)} opens ${service(rule) === tcp(METRICS_PORT) ? 'metrics' : 'SSH'} to ${cidr}, which ${problem}. ` +
                  'Give the VPN’s own range: pulumi config set --path "vpnCidrs[0]" 203.0.113.0/24',
              );
            }
          }
        }
      },
    },
    {
      name: 'firewall-as-listed',
      description: 'Nothing but SSH, HTTP, HTTPS, ping, metrics and a VPN of our own comes in.',
      validateResource: ({ type, props }, report) => {
        if (!FIREWALLS.includes(type)) return;
        const open = [
          tcp(SSH_PORT),
          ...OPEN,
          ...(stack.wireguard ? [WIREGUARD] : []),
          ...(stack.metrics ? [tcp(METRICS_PORT)] : []),
        ];
        for (const rule of allowed(props)) {
          if (open.includes(service(rule))) continue;
          report(
            `${nameOf(rule)} lets ${service(rule)} in; expected ${open.join(', ')} and no others. ` +
              `Remove the rule: ${ONE_LIST}.`,
          );
        }
      },
    },
    {
      name: 'no-default-firewall-rules',
      description: 'Civo’s default rules, which open every port, are off.',
      validateResource: ({ type, props }, report) => {
        if (!FIREWALLS.includes(type) || props.createDefaultRules === false) return;
        report(
          `createDefaultRules is ${String(props.createDefaultRules ?? 'not given')}, which opens every port; ` +
            'expected false, as in components/perimeter.ts.',
        );
      },
    },
  ];
}

const allowed = (props: Record<string, unknown>) =>
  ((props.ingressRules ?? []) as Rule[]).filter(({ action }) => action !== 'deny');

const nameOf = ({ label }: Rule) => `The rule "${label ?? 'without a label'}"`;

const tcp = (port: number) => `tcp ${String(port)}`;

/** Protocol and ports, as `tcp 22`. */
function service({ protocol = 'tcp', portRange }: Rule): string {
  if (protocol === 'icmp') return 'icmp';
  return `${protocol} ${portRange ?? '1-65535'}`;
}

function isForVpn({ protocol = 'tcp', portRange = '1-65535' }: Rule): boolean {
  const [first = 0, last = first] = portRange.split('-').map(Number);
  return protocol === 'tcp' && [SSH_PORT, METRICS_PORT].some((port) => first <= port && last >= port);
}

/** A range of public addresses that one VPN may well have: a /16 at most. */
const WIDEST_PUBLIC = 16;

function rangeProblem(cidr: string, { vpnCidrs, wireguard }: Stack): string | undefined {
  if (!ipaddr.IPv4.isValidCIDR(cidr)) return 'is no IPv4 range';
  const [address, prefix] = ipaddr.IPv4.parseCIDR(cidr);
  const network = ipaddr.IPv4.networkAddressFromCIDR(cidr);
  if (prefix === 0) return 'is the whole internet';
  const widest = network.range() === 'private' || network.range() === 'carrierGradeNat' ? 8 : WIDEST_PUBLIC;
  if (prefix < widest) return `is wider than a /${String(widest)}: not one VPN’s`;
  const ofVpn = [...vpnCidrs, ...(wireguard ? [WIREGUARD_CIDR] : [])].some((range) => {
    const [base, bits] = ipaddr.IPv4.parseCIDR(range);
    return prefix >= bits && address.match(base, bits);
  });
  return ofVpn ? undefined : `is not in vpnCidrs (${vpnCidrs.join(', ') || 'not given'})`;
}
