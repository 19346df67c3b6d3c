import { randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { DEFAULT_VOLUME_TYPE, VOLUME_TYPES } from '../catalogue';
import type { Cloud } from '../cloud';
import { badRequest, conflict, notFound } from '../errors';
import { linger } from '../usage';
import { requireSettled } from '../instance-lifecycle';
import { networkFor } from '../placement';
import { requireQuota } from '../quota';
import { bodyOf, pathPart, regionOf, required, text } from '../requests';
import type { Volume } from '../store-schema';
import { attach, create, detach } from '../volumes';

const VolumeBody = z.object({
  name: required,
  network_id: text,
  size_gb: z.number().nullish(),
  bootable: z.boolean().nullish(),
  volume_type: text,
});

/** Volumes. They are on paper, also with real machines behind the API: no disk appears in a machine. */
export function volumeRoutes(app: FastifyInstance, cloud: Cloud): void {
  const { state, settings } = cloud;

  const list = (request: FastifyRequest) => {
    const region = regionOf(request, settings);
    return state.volumes.filter((volume) => volume.region === region.code);
  };
  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'id');
    const volume = list(request).find((candidate) => candidate.id === id);
    if (!volume) throw notFound('database_volume_not_found', `There is no volume ${id}`);
    return volume;
  };

  app.get('/v2/volumetypes', () => VOLUME_TYPES);

  app.get('/v2/volumes', (request) => list(request).map(view));

  app.get('/v2/volumes/:id', (request) => view(find(request)));

  app.post('/v2/volumes', (request) => {
    const body = bodyOf(request, VolumeBody);
    const region = regionOf(request, settings).code;
    const network = networkFor(cloud, region, body.network_id);
    const size = body.size_gb ?? 0;
    if (!Number.isInteger(size) || size < 1) {
      throw badRequest(
        'volume_invalid_size',
        `size_gb ${String(size)} is not a whole number of GB from 1 on`,
      );
    }
    if (body.volume_type !== '' && !VOLUME_TYPES.some(({ name }) => name === body.volume_type)) {
      throw badRequest('volume_invalid_type', `There is no volume type ${body.volume_type}`);
    }
    if (state.volumes.some((volume) => volume.name === body.name)) {
      throw conflict('database_volume_duplicate_name', `There is a volume ${body.name} already`);
    }
    requireQuota(cloud, { disk_volume_count: 1, disk_gb: size });
    const volume: Volume = {
      id: randomUUID(),
      region,
      name: body.name,
      network_id: network.id,
      size_gb: size,
      volume_type: body.volume_type || DEFAULT_VOLUME_TYPE,
      status: 'creating',
      instance_id: '',
      created_at: cloud.now(),
    };
    state.volumes.push(volume);
    create(cloud, volume);
    return { id: volume.id, name: volume.name, result: 'success' };
  });

  app.put('/v2/volumes/:id/resize', (request) => {
    const { size_gb: size } = bodyOf(request, z.object({ size_gb: z.number() }));
    const volume = find(request);
    if (volume.instance_id !== '') {
      throw conflict(
        'database_volume_still_attached_cannot_resize',
        'Detach the volume before it is resized',
      );
    }
    if (!Number.isInteger(size) || size <= volume.size_gb) {
      throw badRequest(
        'parameter_volume_size_must_increase',
        `${String(size)} GB is not more than the ${String(volume.size_gb)} GB that the volume has`,
      );
    }
    requireQuota(cloud, { disk_gb: size - volume.size_gb });
    volume.size_gb = size;
    return { id: volume.id, result: 'success' };
  });

  app.put('/v2/volumes/:id/attach', (request) => {
    const { instance_id: wanted } = bodyOf(request, z.object({ instance_id: required }));
    const volume = find(request);
    const instance = state.instances.find((candidate) => candidate.id === wanted);
    if (!instance) throw notFound('database_instance_find', `There is no instance ${wanted}`);
    if (volume.instance_id !== '' || volume.status !== 'available') {
      throw conflict('database_volume_cannot_multiple_attach', `The volume is ${volume.status}`);
    }
    // [unproven: attach-while-building] Nothing says that it may be BUILDING.
    requireSettled(instance);
    // Same network and region, say Civo's docs (compute/instance-volumes).
    if (instance.network_id !== volume.network_id) {
      throw badRequest('volume_invalid_network', 'The instance is in another network than the volume');
    }
    attach(cloud, volume, instance);
    return { id: volume.id, result: 'success' };
  });

  app.put('/v2/volumes/:id/detach', (request) => {
    const volume = find(request);
    if (volume.instance_id === '') {
      throw conflict('database_volume_not_attached', 'The volume is not attached');
    }
    detach(cloud, volume);
    return { id: volume.id, result: 'success' };
  });

  app.delete('/v2/volumes/:id', (request) => {
    const volume = find(request);
    if (volume.instance_id !== '') {
      throw conflict('database_volume_delete_failed', 'The volume is attached: detach it first');
    }
    state.volumes = state.volumes.filter((candidate) => candidate !== volume);
    linger(cloud, 'volumes', volume);
    return { id: volume.id, result: 'success' };
  });
}

function view(volume: Volume) {
  return { ...volume, detaching: undefined, cluster_id: '', mountpoint: '', bootable: false };
}
