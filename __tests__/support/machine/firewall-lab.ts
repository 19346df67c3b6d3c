/**
 * Two machines in namespaces of this host, one behind the rules of a machine's own nftables, the other behind those of its
 * Civo firewall. What reaches each of them the kernel itself notes.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nftInputRules } from '../../../cloud-init/host-firewall';
import { render } from '../../../cloud-init/template';
import { cloudAddresses, slotFromEnvironment } from '../../../local/addresses';
import type { FirewallRule as CivoRule } from '../../../local/civo/backends';
import { ensureHostPackages } from '../../../local/host-packages';
import { ruleset } from '../../../local/network/ruleset';
import type { FirewallRule } from '../../../network/firewall-rules';
import type { Packet } from './send-packets';

const SLOT = slotFromEnvironment();
const addresses = cloudAddresses(SLOT);
/** The internet, the machine behind its own firewall, Civo's network, and the machine behind that. */
const [INTERNET, MACHINE, CIVO, BEHIND_CIVO] = ['net', 'host', 'civo', 'behind'].map(
  (name) => `lab${String(SLOT)}-${name}`,
) as [string, string, string, string];
const MACHINE_IP = '192.0.2.2';
const BEHIND_CIVO_IP = addresses.privateCidr.replace(/0\/24$/, '10');

/** Notes what came through all rules; afterwards it is too late to drop it. */
const WITNESS = `table ip witness {
	set arrived { type ipv4_addr . inet_proto . inet_service; size 65535; flags dynamic; }
	set without_port { type ipv4_addr . inet_proto; size 65535; flags dynamic; }
	chain input {
		type filter hook input priority 100;
		meta l4proto { tcp, udp } add @arrived { ip saddr . meta l4proto . th dport } return
		add @without_port { ip saddr . meta l4proto }
	}
}
`;

export async function buildLab(): Promise<void> {
  await ensureHostPackages(['iproute2', 'nftables', 'socat']);
  await removeLab();
  for (const name of [INTERNET, MACHINE, CIVO, BEHIND_CIVO]) {
    await run('ip', ['netns', 'add', name]);
    await inside(name, ['ip', 'link', 'set', 'lo', 'up']);
  }
  await wire([INTERNET, 'machine', '192.0.2.1'], [MACHINE, 'eth0', MACHINE_IP]);
  await wire([INTERNET, 'civo', '192.0.2.129'], [CIVO, 'eth0', '192.0.2.130']);
  await wire([CIVO, addresses.bridge, addresses.gateway], [BEHIND_CIVO, 'eth0', BEHIND_CIVO_IP]);
  await inside(MACHINE, ['ip', 'route', 'add', 'default', 'via', '192.0.2.1']);
  await inside(CIVO, ['ip', 'route', 'add', 'default', 'via', '192.0.2.129']);
  await inside(BEHIND_CIVO, ['ip', 'route', 'add', 'default', 'via', addresses.gateway]);
  await inside(CIVO, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  // The internet has every address but those of the two machines: a sender may have any of them.
  const table = (...route: string[]) => inside(INTERNET, ['ip', 'route', 'add', ...route, 'table', 'local']);
  await table('192.0.2.0/25', 'dev', 'machine', 'scope', 'link');
  await table('192.0.2.128/25', 'dev', 'civo', 'scope', 'link');
  await table(BEHIND_CIVO_IP, 'via', '192.0.2.130');
  await table('local', '0.0.0.0/0', 'dev', 'lo');
}

export async function removeLab(): Promise<void> {
  for (const name of [INTERNET, MACHINE, CIVO, BEHIND_CIVO]) {
    await run('ip', ['netns', 'delete', name]).catch(() => undefined);
  }
}

/** Loads the rules into both firewalls, and forgets what arrived before. */
export async function loadRules(rules: readonly FirewallRule[]): Promise<void> {
  const file = join(__dirname, '..', '..', '..', 'cloud-init', 'root', 'etc', 'nftables.conf');
  const nftables = render(
    'nftables.conf',
    readFileSync(file, 'utf8'),
    { nftInputRules: nftInputRules(rules) },
    new Set(),
  );
  const civo = rules.map((rule): CivoRule => ({
    direction: rule.direction,
    protocol: rule.protocol,
    ports: rule.ports ?? '',
    cidr: [...rule.cidrs],
    action: 'allow',
  }));
  await inside(MACHINE, ['nft', '--file', '-'], `flush ruleset\n${nftables}${WITNESS}`);
  await inside(
    CIVO,
    ['nft', '--file', '-'],
    `flush ruleset\n${ruleset(addresses, new Map([[BEHIND_CIVO_IP, { rules: civo }]]))}`,
  );
  await inside(BEHIND_CIVO, ['nft', '--file', '-'], `flush ruleset\n${WITNESS}`);
}

/** Sends all packets to both machines. Returns which of them each firewall let through, by {@link nameOf}. */
export async function send(packets: readonly Packet[]): Promise<{ host: Set<string>; civo: Set<string> }> {
  const script = join(__dirname, 'send-packets.ts');
  await inside(
    INTERNET,
    [process.execPath, '--import', require.resolve('tsx'), script, MACHINE_IP, BEHIND_CIVO_IP],
    JSON.stringify(packets),
  );
  return { host: await arrived(MACHINE), civo: await arrived(BEHIND_CIVO) };
}

/** A packet in a word: `203.0.113.7 tcp 22`. */
export const nameOf = ({ source, protocol, port }: Packet) =>
  [source, protocol, ...(['tcp', 'udp'].includes(protocol) ? [port] : [])].join(' ');

interface NftSet {
  set?: { elem?: ({ concat: (string | number)[] } | { elem: { val: { concat: (string | number)[] } } })[] };
}

async function arrived(namespace: string): Promise<Set<string>> {
  const text = await inside(namespace, [
    'nft',
    '--json',
    '--numeric-protocol',
    'list',
    'table',
    'ip',
    'witness',
  ]);
  const { nftables } = JSON.parse(text) as { nftables: NftSet[] };
  const words = nftables
    .flatMap(({ set }) => set?.elem ?? [])
    .map((one) => ('elem' in one ? one.elem.val : one).concat);
  return new Set(
    words.map(([source, protocol, ...port]) => [source, named(Number(protocol)), ...port].join(' ')),
  );
}

const NUMBERS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, gre: 47, esp: 50, sctp: 132 };
const named = (number: number) =>
  Object.keys(NUMBERS).find((name) => NUMBERS[name] === number) ?? String(number);

async function wire(
  one: readonly [string, string, string],
  other: readonly [string, string, string],
): Promise<void> {
  await run('ip', [
    'link',
    'add',
    one[1],
    'netns',
    one[0],
    'type',
    'veth',
    'peer',
    'name',
    other[1],
    'netns',
    other[0],
  ]);
  for (const [namespace, device, address] of [one, other]) {
    await inside(namespace, [
      'ip',
      'address',
      'add',
      `${address}/${address.startsWith('192') ? '25' : '24'}`,
      'dev',
      device,
    ]);
    await inside(namespace, ['ip', 'link', 'set', device, 'up']);
  }
}

const inside = (namespace: string, command: readonly string[], input?: string) =>
  run('ip', ['netns', 'exec', namespace, ...command], input);

function run(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error)
        reject(new Error(`${program} ${args.slice(0, 5).join(' ')}: ${stderr.trim() || error.message}`));
      else resolve(stdout);
    });
    // A program that reads nothing may be gone already.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
