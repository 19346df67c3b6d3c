import { FirewallRule } from '../network/firewall-rules';

/** The rules that let traffic in, as the lines of an nftables chain: the same verdict as the Civo firewall's. */
export function nftInputRules(rules: readonly FirewallRule[]): string {
  return rules
    .filter((rule) => rule.direction === 'ingress')
    .map(({ protocol, ports, cidrs }) => {
      const source = cidrs.includes('0.0.0.0/0') ? '' : `ip saddr { ${cidrs.join(', ')} } `;
      return `\t\t${source}${protocol === 'icmp' ? 'ip protocol icmp' : `${protocol} dport ${ports ?? '1-65535'}`} accept`;
    })
    .join('\n');
}
