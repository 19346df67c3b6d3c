import type { FastifyInstance } from 'fastify';

import type { Backends } from './backends';
import { REGIONS, type Region } from './catalogue';
import type { Fault } from './faults/fault';

/** How long things take, in milliseconds. What Civo takes minutes for is quick here, but never instant by default. */
export interface Timings {
  /** Shortest time in BUILDING; a real machine may take longer. */
  instanceBuilding: number;
  /** Shortest time in REBOOTING, by a reboot or a resize. */
  instanceRebooting: number;
  /** Shortest time in DELETING. */
  instanceDeleting: number;
  /**
   * How long a firewall and a network still count an instance (cluster, database, volume) that is gone. Provider 1.2.6
   * asks for the firewall's deletion 3 s after the instance is gone and gives up on the conflict, as its issue 410 reports.
   */
  inUseLag: number;
  /** How long the quota still counts what is gone. */
  quotaLag: number;
  /** From the creation of a reserved IP until it has an address. */
  reservedIpAllocation: number;
  /** From an assign or unassign action until it shows. */
  reservedIpAction: number;
  /** Shortest time in `creating`. */
  objectStoreCreating: number;
  /** From the deletion of a store until it is gone; until then its credential can't be deleted. */
  objectStoreDeleting: number;
  /** Shortest time in `pending`. */
  credentialPending: number;
  /** Shortest time in `creating`. */
  volumeCreating: number;
  /** From an attach call until a volume is `attached`. */
  volumeAttaching: number;
  /** From a detach call until a volume is `available` again; until then it can't be deleted. */
  volumeDetaching: number;
  /** Shortest time in `Pending`. */
  databasePending: number;
  /** Shortest time in BUILDING or UPGRADING, before the nodes. */
  clusterBuilding: number;
  /** Until a pool has the nodes that were asked for. */
  poolScaling: number;
  /** Shortest time in DELETING. */
  clusterDeleting: number;
}

export const DEFAULT_TIMINGS: Timings = {
  instanceBuilding: 2_000,
  instanceRebooting: 1_000,
  instanceDeleting: 1_000,
  // [unproven: in-use-lag] Known of instances; taken for whatever uses a network. How long it lasts is not known.
  inUseLag: 10_000,
  quotaLag: 10_000,
  reservedIpAllocation: 500,
  reservedIpAction: 500,
  objectStoreCreating: 1_000,
  // [unproven: store-deletion] The provider doesn't wait for a store's deletion; neither is it done at once.
  objectStoreDeleting: 2_000,
  credentialPending: 500,
  volumeCreating: 1_000,
  volumeAttaching: 1_000,
  // [unproven: volume-detachment] The provider doesn't wait for a detachment; neither is it done at once.
  volumeDetaching: 2_000,
  databasePending: 2_000,
  clusterBuilding: 3_000,
  poolScaling: 2_000,
  clusterDeleting: 2_000,
};

/** Everything at once: for tests that are not about time. */
export const NO_TIME: Timings = {
  instanceBuilding: 0,
  instanceRebooting: 0,
  instanceDeleting: 0,
  inUseLag: 0,
  quotaLag: 0,
  reservedIpAllocation: 0,
  reservedIpAction: 0,
  objectStoreCreating: 0,
  objectStoreDeleting: 0,
  credentialPending: 0,
  volumeCreating: 0,
  volumeAttaching: 0,
  volumeDetaching: 0,
  databasePending: 0,
  clusterBuilding: 0,
  poolScaling: 0,
  clusterDeleting: 0,
};

/** Limits per account, named as `GET /v2/quota` names them (without `_limit`). */
export interface QuotaLimits {
  instance_count: number;
  cpu_core: number;
  ram_mb: number;
  disk_gb: number;
  disk_volume_count: number;
  disk_snapshot_count: number;
  public_ip_address: number;
  subnet_count: number;
  network_count: number;
  security_group: number;
  security_group_rule: number;
  port_count: number;
  loadbalancer_count: number;
  objectstore_gb: number;
  database_count: number;
  database_snapshot_count: number;
  database_cpu_core: number;
  database_ram_mb: number;
  database_disk_gb: number;
}

/**
 * Counts are those of the example on Civo's API page. Cores, memory and disk are larger than there (10, 5120, 250): that
 * example would not even hold a g3.large. [unproven: quota-limits] A new account's true limits: `civo quota show`.
 */
export const DEFAULT_QUOTA: QuotaLimits = {
  instance_count: 16,
  cpu_core: 32,
  ram_mb: 65_536,
  disk_gb: 1_000,
  disk_volume_count: 16,
  disk_snapshot_count: 5,
  public_ip_address: 16,
  subnet_count: 10,
  network_count: 10,
  security_group: 16,
  security_group_rule: 160,
  port_count: 32,
  loadbalancer_count: 16,
  objectstore_gb: 5_000,
  database_count: 4,
  database_snapshot_count: 20,
  database_cpu_core: 32,
  database_ram_mb: 131_072,
  database_disk_gb: 1_280,
};

/** Nothing of anything. */
export const NO_QUOTA = Object.fromEntries(
  Object.keys(DEFAULT_QUOTA).map((name) => [name, 0]),
) as unknown as QuotaLimits;

/** First and last address, both included. */
export interface AddressRange {
  first: string;
  last: string;
}

/** How to run the local Civo API. */
export interface CivoOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  port: number;
  /** Where the state lives; made if it isn't there. */
  stateFile: string;
  backends: Backends;
  /** The only API token that is let in. Default: `local`. */
  token?: string;
  /** Default: Civo's five. */
  regions?: readonly Region[];
  /** Region of calls that name none. Default: the region that is `default`. */
  defaultRegion?: string;
  /** Endpoint of a region's object store, as stores tell it. Default: `objectstore.<region>.civo.com`. */
  objectStoreEndpoint?: (region: string) => string;
  /** Public addresses of instances and reserved IPs, shared by all regions. Default: 203.0.113.20–250 (documentation). */
  addressPool?: AddressRange;
  /**
   * Where machines really get their private addresses: one network for all. Networks then tell its CIDR, unless one was
   * asked for. Default: each network has a CIDR of its own, on paper.
   */
  privateNetwork?: AddressRange & { cidr: string };
  timings?: Partial<Timings>;
  quota?: Partial<QuotaLimits>;
  /** Sizes of the catalogue that no region offers. Default: none. */
  withoutSizes?: readonly string[];
  /** Largest page that a list gives. Default: 100. */
  maxPageSize?: number;
  /** More for people on this machine, below `/local`: a whole local cloud has more than this API. */
  extend?: (app: FastifyInstance) => void;
  /** What the dashboard says is behind the API, as a sentence. Default: that all is on paper. */
  about?: string;
  /** Faults that stand from the start. Default: none. */
  scenario?: readonly Fault[];
  /** Gets a line for whatever a person should know of. Default: silence. */
  log?: (line: string) => void;
}

/** Options with their defaults filled in. */
export type Settings = Required<
  Omit<CivoOptions, 'privateNetwork' | 'timings' | 'quota' | 'port' | 'stateFile'>
> & {
  privateNetwork: CivoOptions['privateNetwork'];
  timings: Timings;
  quota: QuotaLimits;
};

/** The token of an API that was started without one. */
export const LOCAL_TOKEN = 'local';

export function withDefaults(options: CivoOptions): Settings {
  const regions = options.regions ?? REGIONS;
  return {
    backends: options.backends,
    token: options.token ?? LOCAL_TOKEN,
    regions,
    defaultRegion: options.defaultRegion ?? regions.find((region) => region.default)?.code ?? 'LON1',
    objectStoreEndpoint:
      options.objectStoreEndpoint ?? ((region) => `objectstore.${region.toLowerCase()}.civo.com`),
    addressPool: options.addressPool ?? { first: '203.0.113.20', last: '203.0.113.250' },
    privateNetwork: options.privateNetwork,
    timings: { ...DEFAULT_TIMINGS, ...options.timings },
    quota: { ...DEFAULT_QUOTA, ...options.quota },
    withoutSizes: options.withoutSizes ?? [],
    maxPageSize: options.maxPageSize ?? 100,
    extend: options.extend ?? (() => undefined),
    about: options.about ?? 'On paper: no machine runs, no packet flows.',
    scenario: options.scenario ?? [],
    log: options.log ?? (() => undefined),
  };
}
