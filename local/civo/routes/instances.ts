import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { type Cloud, sizeNamed } from '../cloud';
import { badRequest, conflict, notFound } from '../errors';
import { createInstance, requireHostname, tagsOf } from '../instance-creation';
import { reboot, remove, resize, start, stop } from '../instance-lifecycle';
import { page } from '../paging';
import { requireQuota } from '../quota';
import { bodyOf, pathPart, regionOf, required, text } from '../requests';
import type { Instance } from '../state';

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
    const size = sizeNamed(name);
    const before = sizeNamed(instance.size);
    // [unproven] "It's not possible to resize the instance to a smaller size", says a comment in Civo's client.
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

  app.delete('/v2/instances/:id', (request) => {
    const instance = find(request);
    if (instance.status !== 'DELETING') remove(cloud, instance);
    return done(instance);
  });
}

function requireSettled(instance: Instance): void {
  if (instance.status !== 'ACTIVE' && instance.status !== 'SHUTOFF') {
    throw conflict(
      'instance_state_must_be_active_or_shutoff',
      `The instance is ${instance.status}: it must be ACTIVE or SHUTOFF`,
    );
  }
}

function view(cloud: Cloud, instance: Instance) {
  const size = sizeNamed(instance.size);
  // Plain on the way in, base64 on the way out.
  const script = Buffer.from(instance.script).toString('base64');
  const reserved = cloud.state.reservedIps.find((ip) => ip.assignedTo === instance.id);
  return {
    ...instance,
    // Not of the wire: JSON leaves it out.
    resizingTo: undefined,
    cpu_cores: size.cpu_cores,
    ram_mb: size.ram_mb,
    disk_gb: size.disk_gb,
    source_type: 'diskimage',
    ipv6: null,
    script,
    // Civo's page calls it so, its client reads the other.
    user_script: script,
    ...(reserved && {
      reserved_ip_id: reserved.id,
      reserved_ip_name: reserved.name,
      reserved_ip: reserved.address,
    }),
  };
}
