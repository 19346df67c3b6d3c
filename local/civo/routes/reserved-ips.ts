import { randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { freeAddress } from '../addresses';
import type { Cloud } from '../cloud';
import { badRequest, CivoError, conflict, notFound } from '../errors';
import { page } from '../paging';
import { requireQuota } from '../quota';
import { bodyOf, pathPart, regionOf, required, text } from '../requests';
import { allocate, assign, requireAssignable, unassign } from '../reserved-ips';
import type { ReservedIp } from '../store-schema';

const ActionBody = z.object({ action: required, assign_to_id: text, assign_to_type: text });

/** Reserved IPs and their actions, below `prefix` (`/v2` or `/v2/vpc`). */
export function reservedIpRoutes(app: FastifyInstance, cloud: Cloud, prefix: string): void {
  const { state, settings } = cloud;

  const list = (request: FastifyRequest) => {
    const region = regionOf(request, settings);
    return state.reservedIps.filter((ip) => ip.region === region.code);
  };
  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'id');
    const ip = list(request).find((candidate) => candidate.id === id);
    if (!ip) throw notFound('database_ip_find', `There is no reserved IP ${id}`);
    return ip;
  };
  // [unproven: reserved-ip-names] Civo isn't known to refuse it, but with two of a name finding by name fails.
  const requireFreeName = (name: string) => {
    if (state.reservedIps.some((ip) => ip.name === name)) {
      throw conflict('database_ip_duplicate_name', `There is a reserved IP ${name} already`);
    }
  };
  const view = (ip: ReservedIp) => {
    const instance = state.instances.find((candidate) => candidate.id === ip.assignedTo);
    return {
      id: ip.id,
      name: ip.name,
      ip: ip.allocated ? ip.address : '',
      assigned_to: instance
        ? { id: instance.id, type: 'instance', name: instance.hostname }
        : { id: '', type: '', name: '' },
    };
  };

  app.get(`${prefix}/ips`, (request) => page(request, list(request).map(view), settings.maxPageSize));

  app.get(`${prefix}/ips/:id`, (request) => view(find(request)));

  app.post(`${prefix}/ips`, (request) => {
    const { name } = bodyOf(request, z.object({ name: text }));
    requireFreeName(name);
    requireQuota(cloud, { public_ip_address: 1 });
    const address = freeAddress(settings.addressPool, cloud.publicAddresses);
    if (address === undefined) throw new CivoError(503, 'out_of_capacity', 'No public address is left');
    const ip: ReservedIp = {
      id: randomUUID(),
      region: regionOf(request, settings).code,
      name: name || address,
      address,
      allocated: false,
      assignedTo: null,
    };
    state.reservedIps.push(ip);
    allocate(cloud, ip);
    return { id: ip.id, name: ip.name };
  });

  app.put(`${prefix}/ips/:id`, (request) => {
    const { name } = bodyOf(request, z.object({ name: required }));
    const ip = find(request);
    if (name !== ip.name) requireFreeName(name);
    ip.name = name;
    return view(ip);
  });

  app.delete(`${prefix}/ips/:id`, (request) => {
    const ip = find(request);
    if (ip.assignedTo !== null || ip.changingTo) {
      throw conflict('database_ip_inuse_by_instance', 'The reserved IP is assigned: unassign it first');
    }
    state.reservedIps = state.reservedIps.filter((candidate) => candidate !== ip);
    return { id: ip.id, result: 'success' };
  });

  app.post(`${prefix}/ips/:id/actions`, (request) => {
    const { action, assign_to_id: target, assign_to_type: type } = bodyOf(request, ActionBody);
    const ip = find(request);
    if (action === 'unassign') {
      // Idempotent, as the client's comment says.
      unassign(cloud, ip);
    } else if (action === 'assign') {
      if (type !== 'instance') {
        throw badRequest('database_cannot_move_ip', `This API assigns to instances only, not to "${type}"`);
      }
      const instance = state.instances.find(
        (candidate) => candidate.id === target && candidate.region === ip.region,
      );
      if (!instance) throw notFound('database_instance_find', `There is no instance ${target}`);
      requireAssignable(cloud, ip, instance);
      assign(cloud, ip, instance);
    } else {
      throw badRequest('parameter_value_missing', `${action} is neither assign nor unassign`);
    }
    return { id: ip.id, result: 'success' };
  });
}
