import fc from 'fast-check';
import { nftInputRules } from '../../cloud-init/hostFirewall';
import { firewallRules } from '../../settings/firewallRules';

describe('the firewall rules', () => {
  test('open SSH to the VPN only, and the web and ping to everyone', () => {
    const ingress = firewallRules(['10.8.0.0/24', '203.0.113.7/32']).filter(
      (rule) => rule.direction === 'ingress',
    );
    const anywhere = ingress
      .filter((rule) => rule.cidrs.includes('0.0.0.0/0'))
      .map((rule) => rule.ports ?? rule.protocol);
    expect(anywhere).toEqual(['80', '443', 'icmp']);
    expect(ingress.find((rule) => rule.ports === '22')?.cidrs).toEqual(['10.8.0.0/24', '203.0.113.7/32']);
  });

  test('never leave a direction without rules: Civo would keep the old ones', () => {
    for (const direction of ['ingress', 'egress'] as const) {
      expect(firewallRules(['10.8.0.0/24']).some((rule) => rule.direction === direction)).toBe(true);
    }
  });

  test('are the same on the machine, rule by rule', () => {
    const octet = fc.nat(255);
    const cidr = fc
      .tuple(octet, octet, octet)
      .map(([a, b, c]) => `${String(a)}.${String(b)}.${String(c)}.0/24`);
    fc.assert(
      fc.property(fc.uniqueArray(cidr, { minLength: 1, maxLength: 5 }), (vpnCidrs) => {
        expect(nftInputRules(firewallRules(vpnCidrs)).split('\n')).toEqual([
          `\t\tip saddr { ${vpnCidrs.join(', ')} } tcp dport 22 accept`,
          '\t\ttcp dport 80 accept',
          '\t\ttcp dport 443 accept',
          '\t\tip protocol icmp accept',
        ]);
      }),
    );
  });
});
