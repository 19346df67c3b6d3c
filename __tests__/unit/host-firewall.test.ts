import fc from 'fast-check';
import { nftInputRules } from '../../cloud-init/host-firewall';
import { firewallRules } from '../../network/firewall-rules';

const ingress = (vpn: 'own' | 'wireguard', ...vpnCidrs: string[]) =>
  firewallRules({ vpn, vpnCidrs, metrics: false }).filter((rule) => rule.direction === 'ingress');
const toAnyone = (rules: ReturnType<typeof ingress>) =>
  rules
    .filter((rule) => rule.cidrs.includes('0.0.0.0/0'))
    .map((rule) => `${rule.protocol} ${rule.ports ?? ''}`.trim());

describe('the firewall rules', () => {
  test('open SSH to the VPN only, and the web and ping to everyone', () => {
    const rules = ingress('own', '10.8.0.0/24', '203.0.113.7/32');
    expect(toAnyone(rules)).toEqual(['tcp 80', 'tcp 443', 'icmp']);
    expect(rules.find((rule) => rule.ports === '22')?.cidrs).toEqual(['10.8.0.0/24', '203.0.113.7/32']);
  });

  test('open one port more for a WireGuard VPN, and SSH to that alone', () => {
    const rules = ingress('wireguard');
    expect(toAnyone(rules)).toEqual(['udp 51820', 'tcp 80', 'tcp 443', 'icmp']);
    expect(rules.find((rule) => rule.ports === '22')?.cidrs).toEqual(['10.207.0.0/16']);
  });

  test('never leave a direction without rules: Civo would keep the old ones', () => {
    for (const direction of ['ingress', 'egress'] as const) {
      expect(
        firewallRules({ vpn: 'own', vpnCidrs: ['10.8.0.0/24'], metrics: false }).some(
          (rule) => rule.direction === direction,
        ),
      ).toBe(true);
    }
  });

  test('are the same on the machine, rule by rule', () => {
    const octet = fc.nat(255);
    const cidr = fc
      .tuple(octet, octet, octet)
      .map(([a, b, c]) => `${String(a)}.${String(b)}.${String(c)}.0/24`);
    fc.assert(
      fc.property(fc.uniqueArray(cidr, { minLength: 1, maxLength: 5 }), (vpnCidrs) => {
        expect(nftInputRules(firewallRules({ vpn: 'own', vpnCidrs, metrics: true })).split('\n')).toEqual([
          `\t\tip saddr { ${vpnCidrs.join(', ')} } tcp dport 22 accept`,
          `\t\tip saddr { ${vpnCidrs.join(', ')} } tcp dport 9180 accept`,
          '\t\ttcp dport 80 accept',
          '\t\ttcp dport 443 accept',
          '\t\tip protocol icmp accept',
        ]);
      }),
    );
  });
});
