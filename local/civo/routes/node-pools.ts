import { randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { sizeNamed } from '../catalogue';
import type { Cloud } from '../cloud';
import { scale } from '../clusters';
import { badRequest, conflict, notFound } from '../errors';
import { requireQuota } from '../quota';
import { bodyOf, pathPart, text } from '../requests';
import type { Cluster, NodePool } from '../store-schema';

const Taint = z.object({ key: z.string(), value: text, effect: z.string() });

export const PoolBody = z.object({
  id: text,
  count: z.number().nullish(),
  size: text,
  labels: z.record(z.string(), z.string()).nullish(),
  taints: z.array(Taint).nullish(),
  public_ip_node_pool: z.boolean().nullish(),
});

const DEFAULT_POOL_SIZE = 'g4s.kube.medium';

/** The node pools of the cluster that `find` finds. */
export function nodePoolRoutes(
  app: FastifyInstance,
  cloud: Cloud,
  find: (request: FastifyRequest) => Cluster,
): void {
  const findPool = (request: FastifyRequest) => {
    const id = pathPart(request, 'pool');
    const pool = find(request).pools.find((candidate) => candidate.id === id);
    // This very code is what ends a pool's deletion.
    if (!pool) throw notFound('database_cluster_pool_not_found', `There is no pool ${id}`);
    return pool;
  };

  const pools = '/v2/kubernetes/clusters/:id/pools';

  app.get(pools, (request) => find(request).pools.map(poolView));

  app.get(`${pools}/:pool`, (request) => poolView(findPool(request)));

  app.post(pools, (request) => {
    const body = bodyOf(request, PoolBody);
    const cluster = find(request);
    if (cluster.pools.some((pool) => pool.id === body.id)) {
      throw conflict('database_cluster_pool_duplicate', `There is a pool ${body.id} already`);
    }
    const pool = newPool(body);
    requireScalable(cluster);
    requireQuota(cloud, cost([pool]));
    cluster.pools.push(pool);
    scale(cloud, cluster);
    return { id: pool.id, result: 'success' };
  });

  app.put(`${pools}/:pool`, (request) => {
    const body = bodyOf(request, PoolBody);
    const cluster = find(request);
    const pool = findPool(request);
    const count = body.count ?? pool.count;
    if (count !== pool.count) {
      requireCount(count);
      requireScalable(cluster);
      requireQuota(cloud, cost([{ ...pool, count: count - pool.count }]));
      pool.count = count;
      scale(cloud, cluster);
    }
    if (body.labels) pool.labels = body.labels;
    if (body.taints) pool.taints = body.taints;
    return poolView(pool);
  });

  app.delete(`${pools}/:pool`, (request) => {
    const cluster = find(request);
    const pool = findPool(request);
    if (cluster.pools.every((other) => other === pool || other.deleting)) {
      throw conflict('database_cluster_pool_delete_last', 'The last pool of a cluster cannot be deleted');
    }
    pool.deleting = true;
    pool.count = 0;
    scale(cloud, cluster);
    return { id: pool.id, result: 'success' };
  });
}

/** [unproven: one-scaling-at-a-time] Civo has a code for it; it means that pools can't be changed side by side. */
function requireScalable(cluster: Cluster): void {
  if (cluster.status !== 'ACTIVE') {
    throw conflict('cannot_scale_already_rescaling_cluster', `The cluster is ${cluster.status}`);
  }
}

function requireCount(count: number): void {
  if (!Number.isInteger(count) || count < 1)
    throw badRequest('parameter_value_missing', `count ${String(count)} is not a number of nodes from 1 on`);
}

/** The pool that `body` asks for, without its nodes. */
export function newPool(body: z.output<typeof PoolBody>): NodePool {
  const count = body.count ?? 3;
  requireCount(count);
  return {
    id: body.id || randomUUID(),
    count,
    size: sizeNamed(body.size || DEFAULT_POOL_SIZE, 'Kubernetes').name,
    labels: body.labels ?? {},
    taints: body.taints ?? [],
    public_ip_node_pool: body.public_ip_node_pool ?? false,
    nodes: [],
  };
}

/** What pools take of the quota. */
export function cost(pools: readonly Pick<NodePool, 'count' | 'size'>[]) {
  const of = (figure: 'cpu_cores' | 'ram_mb' | 'disk_gb') =>
    pools.reduce((sum, pool) => sum + pool.count * sizeNamed(pool.size, 'Kubernetes')[figure], 0);
  return {
    instance_count: pools.reduce((sum, pool) => sum + pool.count, 0),
    cpu_core: of('cpu_cores'),
    ram_mb: of('ram_mb'),
    disk_gb: of('disk_gb'),
  };
}

/** A pool as it is: its count is that of the nodes that run. */
export function poolView({ nodes, ...pool }: NodePool) {
  return {
    ...pool,
    deleting: undefined,
    count: nodes.length,
    instance_names: nodes,
    instances: nodes.map((hostname) => ({ id: hostname, hostname, size: pool.size, status: 'ACTIVE' })),
  };
}
