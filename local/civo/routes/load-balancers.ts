import { randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { Cloud } from '../cloud';
import { conflict, notFound } from '../errors';
import { firewallFor, networkFor, publicAddress } from '../placement';
import { requireQuota } from '../quota';
import { bodyOf, pathPart, regionOf, required, text } from '../requests';
import type { LoadBalancer } from '../store-schema';

const Backend = z.object({
  ip: z.string(),
  protocol: z.string().default('TCP'),
  source_port: z.number(),
  target_port: z.number(),
  health_check_port: z.number().default(0),
});

const BalancerBody = z.object({
  name: required,
  network_id: text,
  firewall_id: text,
  cluster_id: text,
  algorithm: text,
  external_traffic_policy: text,
  session_affinity: text,
  session_affinity_config_timeout: z.number().default(0),
  enable_proxy_protocol: text,
  backends: z.array(Backend).default([]),
});

/** What can change of one. */
const ChangeBody = z
  .object({
    name: required,
    firewall_id: required,
    algorithm: required,
    external_traffic_policy: required,
    session_affinity: required,
    session_affinity_config_timeout: z.number(),
    enable_proxy_protocol: required,
    backends: z.array(Backend),
  })
  .partial();

/** Load balancers, below `prefix` (`/v2` or `/v2/vpc`). On paper: nothing is balanced. The provider only reads them. */
export function loadBalancerRoutes(app: FastifyInstance, cloud: Cloud, prefix: string): void {
  const { state, settings } = cloud;

  const list = (request: FastifyRequest) => {
    const region = regionOf(request, settings);
    return state.loadBalancers.filter((balancer) => balancer.region === region.code);
  };
  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'id');
    const balancer = list(request).find((candidate) => candidate.id === id);
    if (!balancer) throw notFound('database_loadbalancer_not_found', `There is no load balancer ${id}`);
    return balancer;
  };

  const requireFreeName = (wanted: string) => {
    if (state.loadBalancers.some(({ name }) => name === wanted)) {
      throw conflict('database_loadbalancer_duplicate_name', `There is a load balancer ${wanted} already`);
    }
  };

  app.get(`${prefix}/loadbalancers`, list);

  app.get(`${prefix}/loadbalancers/:id`, find);

  app.post(`${prefix}/loadbalancers`, (request) => {
    const body = bodyOf(request, BalancerBody);
    const region = regionOf(request, settings).code;
    const network = networkFor(cloud, region, body.network_id);
    requireFreeName(body.name);
    requireQuota(cloud, { loadbalancer_count: 1, public_ip_address: 1 });
    const balancer: LoadBalancer = {
      ...body,
      id: randomUUID(),
      region,
      network_id: network.id,
      firewall_id: firewallFor(cloud, network, body.firewall_id),
      algorithm: body.algorithm || 'round_robin',
      external_traffic_policy: body.external_traffic_policy || 'Cluster',
      public_ip: publicAddress(cloud),
      private_ip: '',
      state: 'available',
    };
    state.loadBalancers.push(balancer);
    return balancer;
  });

  app.put(`${prefix}/loadbalancers/:id`, (request) => {
    const balancer = find(request);
    // What a body leaves out stays; a `firewall_id` has to be of the balancer's network.
    const { name, firewall_id: firewallId, ...rest } = bodyOf(request, ChangeBody);
    if (name !== undefined && name !== balancer.name) {
      requireFreeName(name);
      balancer.name = name;
    }
    if (firewallId !== undefined) {
      const network = networkFor(cloud, balancer.region, balancer.network_id);
      balancer.firewall_id = firewallFor(cloud, network, firewallId);
    }
    return Object.assign(balancer, rest);
  });

  app.delete(`${prefix}/loadbalancers/:id`, (request) => {
    const balancer = find(request);
    state.loadBalancers = state.loadBalancers.filter((candidate) => candidate !== balancer);
    return { id: balancer.id, result: 'success' };
  });
}
