import { cloudAddresses } from '../../local/addresses';
import type { FirewallRule } from '../../local/civo/backends';
import { ruleset } from '../../local/network/ruleset';

const addresses = cloudAddresses(3);
const ip = '10.98.3.10';

function rule(changes: Partial<FirewallRule>): FirewallRule {
  return {
    direction: 'ingress',
    protocol: 'tcp',
    ports: '',
    cidr: ['0.0.0.0/0'],
    action: 'allow',
    ...changes,
  };
}

function chain(name: string, rules: FirewallRule[]): string {
  const text = ruleset(addresses, new Map([[ip, { rules }]]));
  return new RegExp(`chain ${name}_10_98_3_10 \\{ (.*) \\}`).exec(text)?.[1] ?? '';
}

describe('the addresses of local clouds', () => {
  test('of two slots have nothing in common', () => {
    const texts = (slot: number): string[] =>
      [...JSON.stringify(cloudAddresses(slot)).matchAll(/"[a-z]+\d|\d+\.\d+\.\d+\.\d+/g)].map(
        ([text]) => text,
      );
    expect(texts(0).filter((text) => texts(1).includes(text))).toEqual([]);
  });

  test.each([-1, 10, 1.5, Number.NaN])('refuse slot %d', (slot) => {
    expect(() => cloudAddresses(slot)).toThrow('expected a whole number from 0 to 9');
  });
});

describe('the firewall of a local machine', () => {
  test('is all open until there is one', () => {
    expect(ruleset(addresses, new Map([[ip, {}]]))).not.toContain('drop');
  });

  test('drops what no rule allows, in both directions', () => {
    expect(chain('to', [])).toBe('drop;');
    expect(chain('from', [])).toBe('drop;');
  });

  test('lets in what a rule allows: sources, ports, ranges, and protocols without ports', () => {
    expect(chain('to', [rule({ ports: '22', cidr: ['10.66.3.0/24', '10.1.0.0/16'] })])).toBe(
      'ip saddr { 10.66.3.0/24, 10.1.0.0/16 } tcp dport 22 accept; drop;',
    );
    expect(chain('to', [rule({ ports: '80-443' }), rule({ protocol: 'icmp' })])).toBe(
      'tcp dport 80-443 accept; ip protocol icmp accept; drop;',
    );
    expect(chain('from', [rule({ direction: 'egress', protocol: 'udp', ports: '53' })])).toBe(
      'udp dport 53 accept; drop;',
    );
  });

  test('lets no rule allow what another denies', () => {
    expect(chain('to', [rule({ ports: '22' }), rule({ ports: '22', action: 'deny' })])).toBe(
      'tcp dport 22 drop; tcp dport 22 accept; drop;',
    );
  });

  test('shows its public address to the machines of other slots', () => {
    const text = ruleset(addresses, new Map([[ip, { publicIp: '198.18.3.20' }]]));
    const [own] = /oifname \{ (.*) \} snat to ip saddr map @public/.exec(text)?.slice(1) ?? [];
    for (const slot of [0, 1, 9]) expect(own).toContain(`"${cloudAddresses(slot).bridge}"`);
  });

  test('leads a public address to one machine and back', () => {
    const text = ruleset(addresses, new Map([[ip, { publicIp: '198.18.3.20' }]]));
    expect(text).toContain('elements = { 198.18.3.20 : 10.98.3.10 }');
    expect(text).toContain('elements = { 10.98.3.10 : 198.18.3.20 }');
  });
});
