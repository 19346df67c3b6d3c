/** What becomes of clusters: on paper, no Kubernetes runs. Each change takes a while, and is finished after a restart. */
import { randomBytes } from 'node:crypto';

import type { Cloud } from './cloud';
import { linger } from './usage';
import type { Cluster } from './store-schema';

export function resumeClusters(cloud: Cloud): void {
  for (const cluster of cloud.state.clusters) {
    if (cluster.status === 'DELETING') remove(cloud, cluster);
    else if (cluster.status === 'SCALING') scale(cloud, cluster);
    else if (cluster.status !== 'ACTIVE') settle(cloud, cluster);
  }
}

/** BUILDING or UPGRADING until all nodes run, then ACTIVE. */
export function settle(cloud: Cloud, cluster: Cluster): void {
  const { clusterBuilding, poolScaling } = cloud.settings.timings;
  later(cloud, cluster, clusterBuilding + poolScaling, () => {
    activate(cluster);
  });
}

/** SCALING until each pool has the nodes that were asked for, then ACTIVE. */
export function scale(cloud: Cloud, cluster: Cluster): void {
  if (cluster.status === 'ACTIVE') cluster.status = 'SCALING';
  later(cloud, cluster, cloud.settings.timings.poolScaling, () => {
    if (cluster.status === 'SCALING') activate(cluster);
  });
}

/** DELETING, then gone. Firewall and network count it for a while longer. */
export function remove(cloud: Cloud, cluster: Cluster): void {
  cluster.status = 'DELETING';
  later(cloud, cluster, cloud.settings.timings.clusterDeleting, () => {
    cloud.state.clusters = cloud.state.clusters.filter((candidate) => candidate !== cluster);
    linger(cloud, 'cluster', cluster);
  });
}

function activate(cluster: Cluster): void {
  if (cluster.status === 'DELETING') return;
  cluster.pools = cluster.pools.filter((pool) => !pool.deleting);
  for (const pool of cluster.pools) {
    while (pool.nodes.length < pool.count)
      pool.nodes.push(`${cluster.name}-${pool.id}-${randomBytes(3).toString('hex')}`);
    pool.nodes.length = pool.count;
  }
  cluster.status = 'ACTIVE';
}

function later(cloud: Cloud, cluster: Cluster, ms: number, work: () => void): void {
  cloud.jobs.start(`cluster ${cluster.id}`, `cluster ${cluster.name}`, async () => {
    await cloud.jobs.wait(ms);
    work();
    cloud.save();
  });
}
