/** What the account has: each thing with what it takes of the quota, and with its line on the bill. */
import { type Size, sizeNamed } from './catalogue';
import type { QuotaLimits } from './options';
import type { CloudState, Cluster, Database, Instance, Item } from './store-schema';

type Thing = { id: string; region: string; name: string };

const item = (thing: Thing, code: string, uses: Partial<QuotaLimits>, sizeGb = 0): Item => ({
  id: thing.id,
  region: thing.region,
  label: thing.name,
  code,
  size_gb: sizeGb,
  uses,
});

/**
 * [unproven: charge-codes] `instance-g3.small` is from Civo's page on charges; the other codes are made up in its style.
 */
export function inventory(state: CloudState): Item[] {
  const { networks, firewalls, reservedIps, objectStores, volumes, subnets, loadBalancers } = state;
  const ofAccount = (id: string) => networks.some((network) => network.id === id && network.default);
  return [
    ...networks
      .filter((network) => !network.default) // each region's default one comes with the account
      .map((network) => item(network, '', { network_count: 1 })),
    ...subnets.map((subnet) => item({ ...subnet, region: '' }, '', { subnet_count: 1 })),
    ...firewalls
      .filter((firewall) => !(firewall.networkDefault && ofAccount(firewall.network_id)))
      .map((firewall) =>
        item(firewall, '', { security_group: 1, security_group_rule: firewall.rules.length }),
      ),
    ...state.instances.map((instance) => instanceItem(state, instance)),
    ...reservedIps.map((ip) => item(ip, 'ip', { public_ip_address: 1 })),
    ...volumes.map((volume) =>
      item(volume, 'volume', { disk_volume_count: 1, disk_gb: volume.size_gb }, volume.size_gb),
    ),
    ...objectStores.map((store) =>
      item(store, 'objectstore', { objectstore_gb: store.max_size }, store.max_size),
    ),
    ...state.databases.map(databaseItem),
    ...state.clusters.flatMap(clusterItems),
    ...loadBalancers.map((balancer) =>
      item(balancer, 'loadbalancer', { loadbalancer_count: 1, public_ip_address: 1 }),
    ),
  ];
}

function instanceItem({ reservedIps }: CloudState, instance: Instance): Item {
  const { hostname, public_ip: address } = instance;
  const size = sizeNamed(instance.resizingTo ?? instance.size);
  const dynamic = address !== '' && !reservedIps.some((ip) => ip.address === address);
  return item({ ...instance, name: hostname }, `instance-${size.name}`, {
    ...machine(size),
    port_count: 1,
    public_ip_address: dynamic ? 1 : 0,
  });
}

function databaseItem(database: Database): Item {
  const { nodes } = database;
  const size = sizeNamed(database.size, 'Database');
  return item(database, `database-${size.name}`, {
    database_count: 1,
    database_cpu_core: nodes * size.cpu_cores,
    database_ram_mb: nodes * size.ram_mb,
    database_disk_gb: nodes * size.disk_gb,
    public_ip_address: 1,
  });
}

/** The control plane costs nothing but its address; nodes count as instances, from when they are asked for. */
function clusterItems(cluster: Cluster): Item[] {
  const nodes = cluster.pools.flatMap((pool) =>
    Array.from({ length: pool.count }, (_, i) => ({ id: `${cluster.id}/${pool.id}/${String(i)}`, pool })),
  );
  return [
    item(cluster, '', { public_ip_address: 1 }),
    ...nodes.map(({ id, pool }) =>
      item({ ...cluster, id }, `instance-${pool.size}`, {
        ...machine(sizeNamed(pool.size, 'Kubernetes')),
        port_count: 1,
      }),
    ),
  ];
}

/** What a machine of that size takes. */
function machine(size: Size) {
  return { instance_count: 1, cpu_core: size.cpu_cores, ram_mb: size.ram_mb, disk_gb: size.disk_gb };
}
