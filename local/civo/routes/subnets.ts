import { randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { Cloud } from '../cloud';
import { conflict, notFound } from '../errors';
import { networkFor } from '../placement';
import { requireQuota } from '../quota';
import { bodyOf, pathPart, regionOf, required } from '../requests';
import type { Subnet } from '../store-schema';

/** Subnets of a network, below `prefix` (`/v2` or `/v2/vpc`). Instances are never put into one: the provider can't. */
export function subnetRoutes(app: FastifyInstance, cloud: Cloud, prefix: string): void {
  const { state, settings } = cloud;
  const path = `${prefix}/networks/:id/subnets`;

  const list = (request: FastifyRequest) => {
    const network = networkFor(cloud, regionOf(request, settings).code, pathPart(request, 'id'));
    return state.subnets.filter((subnet) => subnet.network_id === network.id);
  };
  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'subnet');
    const subnet = list(request).find((candidate) => candidate.id === id);
    if (!subnet) throw notFound('database_subnet_not_found', `There is no subnet ${id}`);
    return subnet;
  };

  app.get(path, (request) => list(request).map(view));

  app.get(`${path}/:subnet`, (request) => view(find(request)));

  app.post(path, (request) => {
    const { name } = bodyOf(request, z.object({ name: required }));
    if (list(request).some((subnet) => subnet.name === name)) {
      throw conflict('database_subnet_duplicate_name', `There is a subnet ${name} in the network already`);
    }
    requireQuota(cloud, { subnet_count: 1 });
    const subnet: Subnet = { id: randomUUID(), name, network_id: pathPart(request, 'id') };
    state.subnets.push(subnet);
    return view(subnet);
  });

  app.delete(`${path}/:subnet`, (request) => {
    const subnet = find(request);
    state.subnets = state.subnets.filter((candidate) => candidate !== subnet);
    return { id: subnet.id, result: 'success' };
  });
}

/** [unproven: subnet-fields] Size and state of a subnet are known by their fields only. */
function view(subnet: Subnet) {
  return { ...subnet, subnet_size: '/24', status: 'Active' };
}
