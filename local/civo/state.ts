/**
 * Everything that the local Civo knows, as it lies in the state file. Field names are those of the wire where the wire
 * has them, so that the file can be read beside the provider's log.
 */
import { randomUUID } from 'node:crypto';

import type { Region } from './catalogue';

export interface Network {
  id: string;
  region: string;
  label: string;
  name: string;
  default: boolean;
  cidr: string;
  nameservers_v4: string[];
}

/** A firewall rule as Civo shows it. `ports` is what callers use; start and end are filled in from it. */
export interface Rule {
  id: string;
  protocol: 'tcp' | 'udp' | 'icmp';
  direction: 'ingress' | 'egress';
  action: 'allow' | 'deny';
  cidr: string[];
  ports: string;
  start_port: string;
  end_port: string;
  label: string;
}

export interface Firewall {
  id: string;
  region: string;
  network_id: string;
  name: string;
  /** Made along with its network (or region): instances get it until another is set, and it leaves with the network. */
  networkDefault: boolean;
  rules: Rule[];
}

export interface SshKey {
  id: string;
  name: string;
  public_key: string;
  fingerprint: string;
  created_at: string;
}

export type InstanceStatus = 'BUILDING' | 'ACTIVE' | 'REBOOTING' | 'SHUTOFF' | 'DELETING' | 'FAILED';

export interface Instance {
  id: string;
  region: string;
  hostname: string;
  reverse_dns: string;
  size: string;
  network_id: string;
  firewall_id: string;
  private_ip: string;
  /** Empty: none. */
  public_ip: string;
  /** Name of the disk image. */
  source_id: string;
  initial_user: string;
  initial_password: string;
  ssh_key_id: string;
  status: InstanceStatus;
  notes: string;
  tags: string[];
  /** As sent: plain text. */
  script: string;
  volume_type: string;
  created_at: string;
  /** The size that a running resize leads to; survives a restart, so that it can be finished. */
  resizingTo?: string;
}

export interface ReservedIp {
  id: string;
  region: string;
  name: string;
  address: string;
  /** False until the address is told to the caller. */
  allocated: boolean;
  /** Instance that holds it. */
  assignedTo: string | null;
  /** What a running action leads to (`null`: unassigned); absent when none is running. */
  changingTo?: string | null;
}

export interface DnsRecordEntry {
  id: string;
  name: string;
  value: string;
  type: string;
  priority: number;
  ttl: number;
  created_at: string;
  updated_at: string;
}

export interface DnsDomain {
  id: string;
  name: string;
  records: DnsRecordEntry[];
}

export interface ObjectStore {
  id: string;
  region: string;
  name: string;
  max_size: number;
  credentialId: string;
  status: 'creating' | 'ready' | 'deleting' | 'failed';
}

export interface ObjectStoreCredential {
  id: string;
  region: string;
  name: string;
  access_key_id: string;
  secret_access_key_id: string;
  status: 'pending' | 'ready' | 'failed';
}

/** An instance that is gone, while its firewall and network still count it. */
export interface Ghost {
  firewall_id: string;
  network_id: string;
  /** Milliseconds since the epoch. */
  until: number;
}

export interface CloudState {
  version: 1;
  accountId: string;
  networks: Network[];
  firewalls: Firewall[];
  sshKeys: SshKey[];
  instances: Instance[];
  ghosts: Ghost[];
  reservedIps: ReservedIp[];
  dnsDomains: DnsDomain[];
  objectStores: ObjectStore[];
  objectStoreCredentials: ObjectStoreCredential[];
}

/** A new account: each region has its default network with an all-open firewall, as on Civo. */
export function newState(regions: readonly Region[]): CloudState {
  const state: CloudState = {
    version: 1,
    accountId: randomUUID(),
    networks: [],
    firewalls: [],
    sshKeys: [],
    instances: [],
    ghosts: [],
    reservedIps: [],
    dnsDomains: [],
    objectStores: [],
    objectStoreCredentials: [],
  };
  for (const { code } of regions) {
    const network: Network = {
      id: randomUUID(),
      region: code,
      label: 'Default',
      name: `cust-default-${state.accountId.slice(0, 8)}-${code.toLowerCase()}`,
      default: true,
      cidr: '192.168.1.0/24',
      nameservers_v4: ['8.8.8.8', '1.1.1.1'],
    };
    state.networks.push(network);
    state.firewalls.push({
      id: randomUUID(),
      region: code,
      network_id: network.id,
      name: 'Default (all open)',
      networkDefault: true,
      // Three rules, the ingress side, in Civo's own count (docs, networking/firewalls).
      rules: allOpenRules().filter((rule) => rule.direction === 'ingress'),
    });
  }
  return state;
}

/** What a firewall gets that was made with default rules. [unproven] The exact six are known from public programs only. */
export function allOpenRules(): Rule[] {
  return (['ingress', 'egress'] as const).flatMap((direction) => {
    const base = { direction, action: 'allow' as const, cidr: ['0.0.0.0/0'] };
    const all = { ports: '1-65535', start_port: '1', end_port: '65535' };
    const none = { ports: '', start_port: '', end_port: '' };
    return [
      { ...base, ...all, id: randomUUID(), protocol: 'tcp' as const, label: 'All TCP ports open' },
      { ...base, ...all, id: randomUUID(), protocol: 'udp' as const, label: 'All UDP ports open' },
      { ...base, ...none, id: randomUUID(), protocol: 'icmp' as const, label: 'Ping/traceroute' },
    ];
  });
}
