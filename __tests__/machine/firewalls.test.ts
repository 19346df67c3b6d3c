import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { cidrProblem, overlap } from '../../settings/cidr';
import { firewallRules } from '../../network/firewall-rules';
import { WIREGUARD } from '../../network/wireguard';
import { buildLab, loadRules, nameOf, removeLab, send } from '../support/machine/firewall-lab';
import type { Packet } from '../support/machine/send-packets';

jest.setTimeout(300_000);
beforeAll(buildLab);
afterAll(removeLab);

const text = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');
const range = (cidr: string) => {
  const first = Buffer.from(ipaddr.IPv4.networkAddressFromCIDR(cidr).toByteArray()).readUInt32BE();
  const last = Buffer.from(ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toByteArray()).readUInt32BE();
  return { first, last };
};

/** Of the internet: what a kernel takes for a source at all. */
const NO_SOURCES = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.2.0/24',
  '10.98.0.0/16',
  '224.0.0.0/3',
];
const isSource = (address: string) => !NO_SOURCES.some((cidr) => overlap(cidr, `${address}/32`));

const cidr = fc
  .tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 16, max: 32 }))
  .map(([number, prefix]) => {
    const near = `${text(number)}/${String(prefix)}`;
    return `${ipaddr.IPv4.networkAddressFromCIDR(near).toString()}/${String(prefix)}`;
  })
  .filter(
    (one) =>
      cidrProblem(one) === undefined && isSource(one.split('/')[0] ?? '') && !overlap(one, WIREGUARD.cidr),
  );

const settings = fc.record({
  metrics: fc.boolean(),
  vpn: fc.constantFrom('own' as const, 'wireguard' as const),
  vpnCidrs: fc
    .array(cidr, { minLength: 1, maxLength: 4 })
    .filter((all) => all.every((one, i) => !all.slice(0, i).some((other) => overlap(one, other)))),
});

/** Mostly where the verdict changes: at the edges of ranges, and beside the ports that are open. */
function packets(ranges: readonly string[]): fc.Arbitrary<Packet[]> {
  const edges = ranges.map(range).flatMap(({ first, last }) => [first - 1, first, last, last + 1]);
  const source = fc
    .oneof(fc.constantFrom(...edges), fc.integer({ min: 0, max: 0xffffffff }))
    .map((number) => text(number >>> 0))
    .filter(isSource);
  const port = fc.oneof(
    fc.constantFrom(
      21,
      22,
      23,
      79,
      80,
      81,
      442,
      443,
      444,
      9179,
      9180,
      9181,
      51819,
      51820,
      51821,
      5432,
      1,
      65535,
    ),
    fc.integer({ min: 1, max: 65535 }),
  );
  const protocol = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('tcp' as const, 'udp' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('icmp' as const, 'gre' as const, 'esp' as const, 'sctp' as const),
    },
  );
  return fc.array(fc.record({ source, protocol, port }), { minLength: 100, maxLength: 100 });
}

const cases = settings.chain((chosen) =>
  packets([...chosen.vpnCidrs, WIREGUARD.cidr]).map((sent) => ({ ...chosen, sent })),
);

test("the machine's own firewall and Civo's give the same verdict on each packet", async () => {
  const counts = { through: 0, dropped: 0 };
  await fc.assert(
    fc.asyncProperty(cases, async ({ sent, ...chosen }) => {
      // One that both let through, so that silence is no agreement.
      const all: Packet[] = [...sent, { source: '198.51.100.1', protocol: 'tcp', port: 443 }];
      await loadRules(firewallRules(chosen));
      const { host, civo } = await send(all);
      expect([...host].sort()).toEqual([...civo].sort());
      expect(host).toContain('198.51.100.1 tcp 443');
      const names = new Set(all.map(nameOf));
      counts.through += [...names].filter((name) => host.has(name)).length;
      counts.dropped += [...names].filter((name) => !host.has(name)).length;
    }),
    { numRuns: 20, endOnFailure: true },
  );
  expect(counts.through).toBeGreaterThan(100);
  expect(counts.dropped).toBeGreaterThan(100);
});

test('SSH is reached from the VPN alone, whatever its range', async () => {
  await fc.assert(
    fc.asyncProperty(settings, async (chosen) => {
      const ranges = [...chosen.vpnCidrs, ...(chosen.vpn === 'wireguard' ? [WIREGUARD.cidr] : [])];
      const sources = [...chosen.vpnCidrs, WIREGUARD.cidr]
        .map(range)
        .flatMap(({ first, last }) => [first - 1, first, last, last + 1])
        .map((number) => text(number >>> 0))
        .filter(isSource);
      const ssh = sources.map((source): Packet => ({ source, protocol: 'tcp', port: 22 }));
      await loadRules(firewallRules(chosen));
      const { host } = await send(ssh);
      const within = sources.filter((source) => ranges.some((one) => overlap(one, `${source}/32`)));
      expect([...host].sort()).toEqual([...new Set(within.map((source) => `${source} tcp 22`))].sort());
    }),
    { numRuns: 5, endOnFailure: true },
  );
});
