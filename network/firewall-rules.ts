import type { Settings } from '../settings/types';
import { WIREGUARD } from './wireguard';

/** One rule of the firewall, in Civo's terms. */
export interface FirewallRule {
  readonly label: string;
  readonly direction: 'ingress' | 'egress';
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** A port, or a range such as `1-65535`; ICMP has none. */
  readonly ports?: string;
  readonly cidrs: readonly string[];
}

/** Where nginx shows what the exporters tell. */
const METRICS_PORT = '9180';

const ANYWHERE = ['0.0.0.0/0'];

const WIREGUARD_RULE: FirewallRule = {
  label: 'wireguard',
  direction: 'ingress',
  protocol: 'udp',
  ports: WIREGUARD.port,
  cidrs: ANYWHERE,
};

/** What SSH is open to. */
export function sshRanges({ vpn, vpnCidrs }: Pick<Settings, 'vpn' | 'vpnCidrs'>): readonly string[] {
  return vpn === 'wireguard' ? [WIREGUARD.cidr, ...vpnCidrs] : vpnCidrs;
}

/**
 * What may reach the machine, and what it may reach: the one list behind the Civo firewall and the machine's own.
 * Both directions always have rules: Civo keeps the old ones when a direction becomes empty.
 */
export function firewallRules(
  settings: Pick<Settings, 'vpn' | 'vpnCidrs' | 'metrics'>,
): readonly FirewallRule[] {
  const fromVpn = (label: string, ports: string): FirewallRule => ({
    label,
    direction: 'ingress',
    protocol: 'tcp',
    ports,
    cidrs: sshRanges(settings),
  });
  return [
    fromVpn('ssh-from-vpn', '22'),
    ...(settings.metrics ? [fromVpn('metrics-from-vpn', METRICS_PORT)] : []),
    ...(settings.vpn === 'wireguard' ? [WIREGUARD_RULE] : []),
    { label: 'http', direction: 'ingress', protocol: 'tcp', ports: '80', cidrs: ANYWHERE },
    { label: 'https', direction: 'ingress', protocol: 'tcp', ports: '443', cidrs: ANYWHERE },
    { label: 'ping', direction: 'ingress', protocol: 'icmp', cidrs: ANYWHERE },
    { label: 'any-tcp-out', direction: 'egress', protocol: 'tcp', ports: '1-65535', cidrs: ANYWHERE },
    { label: 'any-udp-out', direction: 'egress', protocol: 'udp', ports: '1-65535', cidrs: ANYWHERE },
    { label: 'ping-out', direction: 'egress', protocol: 'icmp', cidrs: ANYWHERE },
  ];
}
