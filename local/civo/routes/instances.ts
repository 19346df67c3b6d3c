import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { sizeNamed } from '../catalogue';
import type { Cloud } from '../cloud';
import { badRequest, notFound } from '../errors';
import { createInstance, requireHostname, tagsOf } from '../instance-creation';
import { reboot, remove, requireSettled, resize, start, stop } from '../instance-lifecycle';
import { page } from '../paging';
import { requireQuota } from '../quota';
import { bodyOf, pathPart, regionOf, required, text } from '../requests';
import { moveReservedIp, reservedIpNamed } from '../reserved-ips';
import type { Instance } from '../store-schema';

/** Instances and their operations. */
export function instanceRoutes(app: FastifyInstance, cloud: Cloud): void {
  const { state, settings } = cloud;

  const list = (request: FastifyRequest) => {
    const region = regionOf(request, settings);
    return state.instances.filter((instance) => instance.region === region.code);
  };
  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'id');
    const instance = list(request).find((candidate) => candidate.id === id);
    // This very code, not `database_instance_not_found`, is what ends an instance's deletion.
    if (!instance) throw notFound('database_instance_find', `There is no instance ${id}`);
    return instance;
  };
  const done = (instance: Instance) => ({ id: instance.id, result: 'success' });

  app.get('/v2/instances', (request) =>
    page(
      request,
      list(request).map((instance) => view(cloud, instance)),
      settings.maxPageSize,
    ),
  );

  app.get('/v2/instances/:id', (request) => view(cloud, find(request)));

  app.post('/v2/instances', async (request) => view(cloud, await createInstance(cloud, request)));

  app.put('/v2/instances/:id', (request) => {
    const body = bodyOf(
      request,
      z.object({ hostname: text, reverse_dns: text, notes: text, notes_delete: text }),
    );
    const instance = find(request);
    if (body.hostname !== '' && body.hostname !== instance.hostname) {
      requireHostname(cloud, instance.region, body.hostname);
      instance.hostname = body.hostname;
    }
    if (body.reverse_dns !== '') instance.reverse_dns = body.reverse_dns;
    if (body.notes !== '' || body.notes_delete === 'true') instance.notes = body.notes;
    return done(instance);
  });

  app.put('/v2/instances/:id/tags', (request) => {
    const { tags } = bodyOf(request, z.object({ tags: text }));
    const instance = find(request);
    instance.tags = tagsOf(tags);
    return done(instance);
  });

  app.put('/v2/instances/:id/firewall', async (request) => {
    const { firewall_id: id } = bodyOf(request, z.object({ firewall_id: required }));
    const instance = find(request);
    const firewall = state.firewalls.find((candidate) => candidate.id === id);
    if (!firewall) throw notFound('database_firewall_not_found', `There is no firewall ${id}`);
    if (firewall.network_id !== instance.network_id) {
      throw badRequest('database_firewall_mismatch', 'The firewall is of another network than the instance');
    }
    instance.firewall_id = firewall.id;
    await cloud.applyFirewall(firewall);
    return done(instance);
  });

  app.put('/v2/instances/:id/resize', (request) => {
    const { size: name } = bodyOf(request, z.object({ size: text }));
    if (name === '') throw badRequest('parameter_size_missing', 'No size is given');
    const instance = find(request);
    requireSettled(instance);
    const size = sizeNamed(name, 'Instance', cloud.settings.withoutSizes);
    const before = sizeNamed(instance.size);
    // [unproven: downsize] "It's not possible to resize the instance to a smaller size", says a comment in Civo's client.
    if (size.disk_gb < before.disk_gb || size.ram_mb < before.ram_mb || size.cpu_cores < before.cpu_cores) {
      throw badRequest('openstack_instance_resize', `${name} is smaller than ${before.name}: upward only`);
    }
    requireQuota(cloud, {
      cpu_core: size.cpu_cores - before.cpu_cores,
      ram_mb: size.ram_mb - before.ram_mb,
      disk_gb: size.disk_gb - before.disk_gb,
    });
    resize(cloud, instance, name);
    return done(instance);
  });

  const power = (
    method: 'post' | 'put',
    path: string,
    action: (cloud: Cloud, instance: Instance) => void,
  ) => {
    app[method](`/v2/instances/:id/${path}`, (request) => {
      const instance = find(request);
      requireSettled(instance);
      action(cloud, instance);
      return done(instance);
    });
  };
  power('post', 'hard_reboots', reboot);
  power('post', 'soft_reboots', reboot);
  power('put', 'stop', stop);
  power('put', 'start', start);

  app.put('/v2/instances/:id/allowed_ips', (request) => {
    const { allowed_ips: allowed } = bodyOf(
      request,
      z.object({ allowed_ips: z.array(z.string()).nullish() }),
    );
    const instance = find(request);
    instance.allowed_ips = allowed ?? [];
    return done(instance);
  });

  app.put('/v2/instances/:id/network_bandwidth_limit', (request) => {
    const { network_bandwidth_limit: limit } = bodyOf(
      request,
      z.object({ network_bandwidth_limit: z.int().min(0) }),
    );
    const instance = find(request);
    instance.network_bandwidth_limit = limit;
    return done(instance);
  });

  const recovery = (method: 'put' | 'delete', on: boolean) => {
    app[method]('/v2/instances/:id/recovery', (request) => {
      const instance = find(request);
      instance.recovery = on;
      return done(instance);
    });
  };
  recovery('put', true);
  recovery('delete', false);
  app.get('/v2/instances/:id/recovery', (request) => {
    const { id, recovery: on } = find(request);
    // [unproven: recovery-status] The client reads a simple answer; the words are ours.
    return { id, result: 'success', details: on ? 'enabled' : 'disabled' };
  });

  app.put('/v2/instances/:id/ip/:address', async (request) => {
    const instance = find(request);
    const reserved = reservedIpNamed(cloud, instance.region, pathPart(request, 'address'));
    await moveReservedIp(cloud, reserved, instance);
    return done(instance);
  });

  app.delete('/v2/instances/:id', (request) => {
    const instance = find(request);
    if (instance.status !== 'DELETING') remove(cloud, instance);
    return done(instance);
  });
}

function view(cloud: Cloud, instance: Instance) {
  const size = sizeNamed(instance.size);
  // Plain on the way in, base64 on the way out.
  const script = Buffer.from(instance.script).toString('base64');
  const reserved = cloud.state.reservedIps.find((ip) => ip.assignedTo === instance.id);
  const volumes = cloud.state.volumes.filter((volume) => volume.instance_id === instance.id);
  return {
    ...instance,
    // Not of the wire: JSON leaves it out.
    resizingTo: undefined,
    cpu_cores: size.cpu_cores,
    ram_mb: size.ram_mb,
    disk_gb: size.disk_gb,
    source_type: 'diskimage',
    ipv6: null,
    attached_volumes: volumes.map(({ id }) => ({ id })),
    script,
    // [unproven: script-field] Civo's page calls it so, its client reads the other.
    user_script: script,
    ...(reserved && {
      reserved_ip_id: reserved.id,
      reserved_ip_name: reserved.name,
      reserved_ip: reserved.address,
    }),
  };
}
