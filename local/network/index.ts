import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type CloudAddresses, cloudAddresses, type Namespace, SLOTS } from '../addresses';
import type { Fabric, FirewallRule } from '../civo/backends';
import { ensureHostPackages } from '../host-packages';
import { Port, ruleset } from './ruleset';

const run = promisify(execFile);

const IP_FORWARD = '/proc/sys/net/ipv4/ip_forward';
/** What the host's forwarding was before the first cloud. All clouds of the host share it; a boot of the host forgets it. */
const FORWARDING_BEFORE = '/run/mastodon-on-civo.ip_forward';

/**
 * Makes the cloud's network on this host, or completes what is there: bridge, public range, VPN and outsider.
 * Needs root on Linux. Nothing of the host's own rules is touched.
 */
export async function bringUpNetwork(addresses: CloudAddresses, closed = false): Promise<void> {
  await ensureHostPackages(['iproute2', 'nftables']);

  // The bridge first: it makes a cloud that is removed meanwhile leave the forwarding on.
  await link(addresses.bridge, 'type', 'bridge');
  turnForwardingOn();
  // Else a bridge takes the lowest address of its ports, and machines lose their gateway when another one comes or goes.
  await ip('link', 'set', addresses.bridge, 'address', addresses.bridgeMac);
  await address(addresses.bridge, `${addresses.gateway}/24`);
  await guest(addresses.vpn);
  await guest(addresses.outsider);
  // A bridge without ports: an interface that leads nowhere, on every kernel that has bridges.
  await link(addresses.publicInterface, 'type', 'bridge');
  const { dns, objectStore, acme, registry, mail } = addresses;
  for (const service of [dns, objectStore, acme, registry, mail]) {
    await address(addresses.publicInterface, `${service}/32`);
  }
  // This host is a laptop on the VPN: what it sends to the cloud comes from there.
  await ip(
    'route',
    'replace',
    addresses.publicCidr,
    'dev',
    addresses.publicInterface,
    'src',
    addresses.vpn.host,
  );
  await nft(ruleset(addresses, new Map(), closed));
}

/** Removes everything that {@link bringUpNetwork} made, whatever of it is left. */
export async function takeDownNetwork(addresses: CloudAddresses): Promise<void> {
  await attempt('nft', 'delete', 'table', 'ip', addresses.bridge);
  for (const { name } of [addresses.vpn, addresses.outsider]) {
    await attempt('ip', 'link', 'delete', name);
    await attempt('ip', 'netns', 'delete', name);
  }
  await attempt('ip', 'link', 'delete', addresses.publicInterface);
  await attempt('ip', 'link', 'delete', addresses.bridge);
  restoreForwarding();
}

/** The clouds of other slots whose network is on this host. */
export function neighbours({ slot }: CloudAddresses): CloudAddresses[] {
  const others = SLOTS.filter((other) => other !== slot).map(cloudAddresses);
  return others.filter(({ publicInterface }) => existsSync(`/sys/class/net/${publicInterface}`));
}

/** The command line that runs a command on the computer that a namespace stands for. */
export function onComputer({ name }: Namespace, command: readonly string[]): readonly string[] {
  return ['ip', 'netns', 'exec', name, ...command];
}

/** The cloud's network: what happens to packets outside of the machines. */
export class NftablesFabric implements Fabric {
  private readonly ports = new Map<string, Port>();
  private turn: Promise<unknown> = Promise.resolve();

  /** @param closed  whether machines reach nothing but the cloud's own services */
  constructor(
    private readonly addresses: CloudAddresses,
    private readonly closed = false,
  ) {}

  setPublicAddress(privateIp: string, publicIp: string | undefined): Promise<void> {
    return this.change(() => this.ports.set(privateIp, { ...this.ports.get(privateIp), publicIp }));
  }

  setFirewall(privateIp: string, rules: FirewallRule[]): Promise<void> {
    return this.change(() => this.ports.set(privateIp, { ...this.ports.get(privateIp), rules }));
  }

  forget(privateIp: string): Promise<void> {
    return this.change(() => this.ports.delete(privateIp));
  }

  /** One after the other, so that the newest state is also the last one applied. */
  private change(edit: () => unknown): Promise<void> {
    const result = this.turn.then(() => {
      edit();
      return nft(ruleset(this.addresses, this.ports, this.closed));
    });
    this.turn = result.catch(() => undefined);
    return result;
  }
}

async function guest({ name, host, guest }: Namespace): Promise<void> {
  const namespaces = (await run('ip', ['netns', 'list'])).stdout;
  if (!new RegExp(`^${name}\\b`, 'm').test(namespaces)) await ip('netns', 'add', name);
  await link(name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  await address(name, `${host}/24`);
  const inside = (...args: string[]) => ip('-n', name, ...args);
  await inside('link', 'set', 'lo', 'up');
  await inside('address', 'replace', `${guest}/24`, 'dev', 'eth0');
  await inside('link', 'set', 'eth0', 'up');
  await inside('route', 'replace', 'default', 'via', host);
}

async function link(name: string, ...kind: string[]): Promise<void> {
  const exists = await run('ip', ['link', 'show', name]).catch(() => undefined);
  if (!exists) await ip('link', 'add', 'name', name, ...kind);
  await ip('link', 'set', name, 'up');
}

async function address(name: string, cidr: string): Promise<void> {
  await ip('address', 'replace', cidr, 'dev', name);
}

function turnForwardingOn(): void {
  const now = readFileSync(IP_FORWARD, 'utf8');
  if (now.trim() === '1') return;
  writeFileSync(FORWARDING_BEFORE, now);
  writeFileSync(IP_FORWARD, '1');
}

/** The last cloud turns the light out: others need the forwarding still. */
function restoreForwarding(): void {
  if (aCloudIsThere()) return;
  try {
    writeFileSync(IP_FORWARD, readFileSync(FORWARDING_BEFORE, 'utf8'));
    rmSync(FORWARDING_BEFORE);
  } catch {
    // It was on before us, and stays on.
  }
  // One that came at this very moment found it on.
  if (aCloudIsThere()) turnForwardingOn();
}

const aCloudIsThere = () => readdirSync('/sys/class/net').some((name) => /^civo\d$/.test(name));

async function ip(...args: string[]): Promise<void> {
  await run('ip', args).catch((error: unknown) => {
    throw new Error(`ip ${args.join(' ')}: ${(error as { stderr: string }).stderr.trim()}`);
  });
}

async function attempt(command: string, ...args: string[]): Promise<void> {
  await run(command, args).catch(() => undefined);
}

function nft(rules: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile('nft', ['--file', '-'], (error, _, stderr) => {
      if (error) reject(new Error(`nft refused the rules: ${stderr.trim()}`));
      else resolve();
    });
    child.stdin?.end(rules);
  });
}
