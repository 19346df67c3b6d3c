import { randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { KUBERNETES_APPLICATIONS, KUBERNETES_VERSIONS } from '../catalogue';
import type { Cloud } from '../cloud';
import { remove, settle } from '../clusters';
import { badRequest, conflict, notFound } from '../errors';
import { tagsOf } from '../instance-creation';
import { page } from '../paging';
import { firewallFor, networkFor, publicAddress } from '../placement';
import { requireQuota } from '../quota';
import { bodyOf, pathPart, regionOf, text } from '../requests';
import type { Cluster } from '../store-schema';
import { cost, newPool, nodePoolRoutes, PoolBody, poolView } from './node-pools';

const ClusterBody = z.object({
  name: text,
  cluster_type: text,
  kubernetes_version: text,
  network_id: text,
  tags: text,
  pools: z.array(PoolBody).nullish(),
  applications: text,
  instance_firewall: text,
  firewall_id: text,
  cni_plugin: text,
});

/** Kubernetes clusters and their pools: the control plane's answers only. */
export function clusterRoutes(app: FastifyInstance, cloud: Cloud): void {
  const { state, settings } = cloud;

  const list = (request: FastifyRequest) => {
    const region = regionOf(request, settings);
    return state.clusters.filter((cluster) => cluster.region === region.code);
  };
  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'id');
    const cluster = list(request).find((candidate) => candidate.id === id);
    // This very code is what ends a cluster's deletion.
    if (!cluster) throw notFound('database_kubernetes_cluster_not_found', `There is no cluster ${id}`);
    return cluster;
  };
  const requireName = (name: string) => {
    // The provider refuses white space and more than 63 characters; dots go through.
    if (!/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/i.test(name)) {
      throw badRequest(
        'kubernetes_cluster_invalid_name',
        `${name} is not a cluster's name: up to 63 letters, digits, dashes and dots`,
      );
    }
    if (state.clusters.some((cluster) => cluster.name === name)) {
      throw conflict('database_kubernetes_cluster_duplicate', `There is a cluster ${name} already`);
    }
  };

  app.get('/v2/kubernetes/versions', () => KUBERNETES_VERSIONS);

  app.get('/v2/kubernetes/applications', () =>
    KUBERNETES_APPLICATIONS.map((one) => ({ ...one, title: one.name, plans: [], dependencies: [] })),
  );

  app.get('/v2/kubernetes/clusters', (request) =>
    page(request, list(request).map(view), settings.maxPageSize),
  );

  app.get('/v2/kubernetes/clusters/:id', (request) => view(find(request)));

  app.post('/v2/kubernetes/clusters', (request) => {
    const body = bodyOf(request, ClusterBody);
    const region = regionOf(request, settings).code;
    const type = body.cluster_type || 'k3s';
    requireName(body.name);
    const network = networkFor(cloud, region, body.network_id);
    const firewallId = firewallFor(cloud, network, body.instance_firewall || body.firewall_id);
    // Labels and taints are ignored at first, says the provider, which sends them again.
    const pools = (body.pools ?? []).map((pool) => newPool({ ...pool, labels: {}, taints: [] }));
    if (pools.length === 0)
      throw badRequest('database_kubernetes_cluster_no_pools', 'A cluster needs a pool');
    const applications = firstApplications(body.applications);
    requireQuota(cloud, { ...cost(pools), public_ip_address: 1 });
    const cluster: Cluster = {
      id: randomUUID(),
      region,
      name: body.name,
      cluster_type: type,
      kubernetes_version: versionNamed(type, body.kubernetes_version),
      cni_plugin: body.cni_plugin || 'flannel',
      network_id: network.id,
      firewall_id: firewallId,
      tags: tagsOf(body.tags),
      applications,
      master_ip: publicAddress(cloud),
      pools,
      status: 'BUILDING',
      created_at: cloud.now(),
    };
    state.clusters.push(cluster);
    settle(cloud, cluster);
    return view(cluster);
  });

  app.put('/v2/kubernetes/clusters/:id', (request) => {
    const body = bodyOf(request, ClusterBody);
    const cluster = find(request);
    if (body.firewall_id !== '') {
      cluster.firewall_id = firewallFor(
        cloud,
        networkFor(cloud, cluster.region, cluster.network_id),
        body.firewall_id,
      );
    }
    if (body.name !== '' && body.name !== cluster.name) {
      requireName(body.name);
      cluster.name = body.name;
    }
    if (body.tags !== '') cluster.tags = tagsOf(body.tags);
    cluster.applications.push(...applicationsOf(body.applications));
    if (body.kubernetes_version !== '' && body.kubernetes_version !== cluster.kubernetes_version) {
      cluster.kubernetes_version = versionNamed(cluster.cluster_type, body.kubernetes_version);
      cluster.status = 'UPGRADING';
      settle(cloud, cluster);
    }
    return view(cluster);
  });

  nodePoolRoutes(app, cloud, find);

  app.delete('/v2/kubernetes/clusters/:id', (request) => {
    const cluster = find(request);
    if (cluster.status !== 'DELETING') remove(cloud, cluster);
    return { id: cluster.id, result: 'success' };
  });
}

function versionNamed(type: string, wanted: string): string {
  const ofType = KUBERNETES_VERSIONS.filter(({ clusterType }) => clusterType === type);
  const version = ofType.find((one) => (wanted === '' ? one.default : one.version === wanted));
  if (!version) {
    throw badRequest(
      'database_kubernetes_cluster_invalid_version',
      `There is no version ${wanted} of ${type}`,
    );
  }
  return version.version;
}

/** What a new cluster gets: the default applications but those with a `-` in `list`, and the others of it. */
function firstApplications(list: string): string[] {
  const without = list.split(',');
  const defaults = KUBERNETES_APPLICATIONS.filter((one) => one.default && !without.includes(`-${one.name}`));
  return [...new Set([...defaults.map(({ name }) => name), ...applicationsOf(list)])];
}

/** The applications of a list such as `Redis:5GB,cert-manager`, without the plans. */
function applicationsOf(list: string): string[] {
  const wanted = list.split(',').filter((name) => name !== '' && !name.startsWith('-'));
  return wanted.map((one) => {
    const [name = ''] = one.split(':');
    if (!KUBERNETES_APPLICATIONS.some((known) => known.name === name))
      throw notFound('database_kubernetes_application_not_found', `There is no application ${name}`);
    return name;
  });
}

function view(cluster: Cluster) {
  const [first] = cluster.pools;
  return {
    ...cluster,
    ready: cluster.status === 'ACTIVE',
    num_target_nodes: first?.count ?? 0,
    target_nodes_size: first?.size ?? '',
    version: cluster.kubernetes_version,
    kubeconfig: `# Cluster ${cluster.name} is on paper: no Kubernetes runs.\n`,
    api_endpoint: `https://${cluster.master_ip}:6443`,
    dns_entry: `${cluster.id}.k8s.civo.com`,
    pools: cluster.pools.map(poolView),
    required_pools: cluster.pools.map((pool) => ({ ...pool, nodes: undefined, deleting: undefined })),
    installed_applications: KUBERNETES_APPLICATIONS.filter(({ name }) =>
      cluster.applications.includes(name),
    ).map((one) => ({ ...one, application: one.name, installed: cluster.status === 'ACTIVE' })),
    applications: undefined,
    conditions: [],
  };
}
