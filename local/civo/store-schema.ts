/**
 * Everything that the local Civo knows, as it is in the state file. Field names are those of the wire where the wire
 * has them, so that the file can be read beside the provider's log.
 */
import type { QuotaLimits } from './options';

/** A thing that counts. */
export interface Item {
  /** Of the thing; a cluster's node has its cluster's, its pool's and a number. */
  id: string;
  region: string;
  label: string;
  /** What it is called on the bill. Empty: it isn't billed. */
  code: string;
  /** Where the bill reports a size; 0 elsewhere. */
  size_gb: number;
  uses: Partial<QuotaLimits>;
}

/** Something that the account has, or had. Times are ISO. */
export interface LedgerEntry extends Item {
  from: string;
  /** Absent while it is there. */
  to?: string;
}

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
