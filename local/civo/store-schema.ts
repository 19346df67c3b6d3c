/**
 * Everything that the local Civo knows, as it is in the state file. Field names are those of the wire where the wire
 * has them, so that the file can be read beside the provider's log.
 */
import { randomUUID } from 'node:crypto';

import type { Region } from './catalogue';
import type { LedgerEntry } from './ledger';

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
  allowed_ips: string[];
  /** Mbit/s; 0: no limit. */
  network_bandwidth_limit: number;
  recovery: boolean;
  /** The size that a running resize leads to; survives a restart, so that it can be finished. */
  resizingTo?: string;
}

export interface ReservedIp {
  id: string;
  region: string;
  name: string;
  address: string;
  /** False until the caller gets the address. */
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

export interface Volume {
  id: string;
  region: string;
  name: string;
  network_id: string;
  size_gb: number;
  volume_type: string;
  status: 'creating' | 'available' | 'attaching' | 'attached';
  /** Empty: attached to none. */
  instance_id: string;
  created_at: string;
  /** Its detachment is under way; it still counts as attached. */
  detaching?: boolean;
}

export interface Subnet {
  id: string;
  name: string;
  network_id: string;
}

export interface Database {
  id: string;
  region: string;
  name: string;
  nodes: number;
  size: string;
  software: string;
  software_version: string;
  public_ipv4: string;
  private_ipv4: string;
  network_id: string;
  firewall_id: string;
  port: number;
  username: string;
  password: string;
  status: 'Pending' | 'Ready';
}

/** What a caller asked of a pool; its nodes follow. */
export interface NodePool {
  id: string;
  count: number;
  size: string;
  labels: Record<string, string>;
  taints: { key: string; value: string; effect: string }[];
  public_ip_node_pool: boolean;
  /** Names of the nodes that run. */
  nodes: string[];
  /** It leaves when its nodes have gone. */
  deleting?: boolean;
}

export interface Cluster {
  id: string;
  region: string;
  name: string;
  cluster_type: string;
  kubernetes_version: string;
  cni_plugin: string;
  network_id: string;
  firewall_id: string;
  tags: string[];
  applications: string[];
  master_ip: string;
  pools: NodePool[];
  status: 'BUILDING' | 'ACTIVE' | 'UPGRADING' | 'SCALING' | 'DELETING';
  created_at: string;
}

export interface LoadBalancer {
  id: string;
  region: string;
  name: string;
  network_id: string;
  firewall_id: string;
  cluster_id: string;
  algorithm: string;
  external_traffic_policy: string;
  session_affinity: string;
  session_affinity_config_timeout: number;
  enable_proxy_protocol: string;
  backends: {
    ip: string;
    protocol: string;
    source_port: number;
    target_port: number;
    health_check_port: number;
  }[];
  public_ip: string;
  private_ip: string;
  state: 'available';
}

/** Kinds that use networks, and some of them firewalls, by the words of Civo's error codes. */
export type UserKind = 'instance' | 'cluster' | 'loadbalancer' | 'database' | 'volumes' | 'subnet';

/** What is of a network, and may have a firewall. */
export interface User {
  network_id: string;
  firewall_id?: string;
}

/** A user that is gone, while its firewall and network still count it. */
export interface Ghost extends User {
  kind: UserKind;
  /** Milliseconds since the epoch. */
  until: number;
}

export interface CloudState {
  version: 2;
  accountId: string;
  networks: Network[];
  firewalls: Firewall[];
  sshKeys: SshKey[];
  instances: Instance[];
  ghosts: Ghost[];
  ledger: LedgerEntry[];
  reservedIps: ReservedIp[];
  dnsDomains: DnsDomain[];
  objectStores: ObjectStore[];
  objectStoreCredentials: ObjectStoreCredential[];
  volumes: Volume[];
  subnets: Subnet[];
  databases: Database[];
  clusters: Cluster[];
  loadBalancers: LoadBalancer[];
}

/** A new account: each region has its default network with an all-open firewall, as on Civo. */
export function newState(regions: readonly Region[]): CloudState {
  const state: CloudState = {
    version: 2,
    accountId: randomUUID(),
    networks: [],
    firewalls: [],
    sshKeys: [],
    instances: [],
    ghosts: [],
    ledger: [],
    reservedIps: [],
    dnsDomains: [],
    objectStores: [],
    objectStoreCredentials: [],
    volumes: [],
    subnets: [],
    databases: [],
    clusters: [],
    loadBalancers: [],
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

/** A firewall's default rules. [unproven: default-rules] The exact six are known from public programs only. */
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
