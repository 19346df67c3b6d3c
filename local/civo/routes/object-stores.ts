import { randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { Cloud } from '../cloud';
import { badRequest, conflict, notFound } from '../errors';
import { page } from '../paging';
import { requireQuota } from '../quota';
import { bodyOf, pathPart, regionOf, required, text } from '../requests';
import type { ObjectStore } from '../store-schema';
import { addCredential, credentialJob } from './object-store-credentials';

const STEP_GB = 500;

/** Object stores: one bucket each, named like the store. */
export function objectStoreRoutes(app: FastifyInstance, cloud: Cloud): void {
  const { state, settings } = cloud;

  const list = (request: FastifyRequest) => {
    const region = regionOf(request, settings);
    return state.objectStores.filter((store) => store.region === region.code);
  };
  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'id');
    const store = list(request).find((candidate) => candidate.id === id);
    if (!store) throw notFound('database_objectstore_not_found', `There is no object store ${id}`);
    return store;
  };
  const view = (store: ObjectStore) => {
    const owner = state.objectStoreCredentials.find((credential) => credential.id === store.credentialId);
    return {
      id: store.id,
      name: store.name,
      max_size: store.max_size,
      owner_info: { access_key_id: owner?.access_key_id, name: owner?.name, credential_id: owner?.id },
      objectstore_endpoint: settings.objectStoreEndpoint(store.region),
      status: store.status,
    };
  };

  app.get('/v2/objectstores', (request) => page(request, list(request).map(view), settings.maxPageSize));

  app.get('/v2/objectstores/:id', (request) => view(find(request)));

  app.post('/v2/objectstores', (request) => {
    const body = bodyOf(
      request,
      z.object({ name: required, max_size_gb: z.number().nullish(), access_key_id: text }),
    );
    const region = regionOf(request, settings);
    if (!region.objectStore) {
      throw badRequest('disabled_service', `The region ${region.code} has no object stores`);
    }
    requireBucketName(body.name);
    // In all regions: one S3 server serves them. [unproven: store-names] Civo says "must be unique", not within what.
    if (state.objectStores.some((store) => store.name === body.name)) {
      throw conflict('database_objectstore_duplicate_name', `There is an object store ${body.name} already`);
    }
    const size = body.max_size_gb ?? STEP_GB;
    requireSize(size);
    requireQuota(cloud, { objectstore_gb: size });
    const owner =
      body.access_key_id === ''
        ? // Untracked: it stays when the store goes.
          addCredential(cloud, region.code, body.name, { access_key_id: '', secret_access_key_id: '' })
        : state.objectStoreCredentials.find(
            (credential) =>
              credential.region === region.code && credential.access_key_id === body.access_key_id,
          );
    if (!owner) {
      throw notFound(
        'database_objectstore_credential_not_found',
        `There is no access key ${body.access_key_id}`,
      );
    }
    const store: ObjectStore = {
      id: randomUUID(),
      region: region.code,
      name: body.name,
      max_size: size,
      credentialId: owner.id,
      status: 'creating',
    };
    state.objectStores.push(store);
    createBucket(cloud, store);
    return view(store);
  });

  app.put('/v2/objectstores/:id', (request) => {
    const { max_size_gb: size } = bodyOf(request, z.object({ max_size_gb: z.number() }));
    const store = find(request);
    // [unproven: store-size-zero] The provider sends 0 when anything else was changed. Refused, like any wrong size.
    requireSize(size);
    if (size > store.max_size) requireQuota(cloud, { objectstore_gb: size - store.max_size });
    store.max_size = size;
    return view(store);
  });

  app.delete('/v2/objectstores/:id', (request) => {
    const store = find(request);
    removeBucket(cloud, store);
    return { id: store.id, result: 'success' };
  });
}

/** Finishes, after a restart, what was under way, and makes sure of all buckets. */
export async function resumeObjectStores(cloud: Cloud): Promise<void> {
  for (const store of cloud.state.objectStores) {
    if (store.status === 'creating') createBucket(cloud, store);
    if (store.status === 'deleting') removeBucket(cloud, store);
    if (store.status === 'ready')
      await cloud.backends.objectStores.createBucket(store.name, ownerKey(cloud, store));
  }
}

function createBucket(cloud: Cloud, store: ObjectStore): void {
  cloud.jobs.start(credentialJob(store.credentialId), `object store ${store.name}`, async () => {
    await cloud.jobs.wait(cloud.settings.timings.objectStoreCreating);
    // Deleted meanwhile.
    if (store.status !== 'creating') return;
    try {
      await cloud.backends.objectStores.createBucket(store.name, ownerKey(cloud, store));
      store.status = 'ready';
    } catch (error) {
      store.status = 'failed';
      throw error;
    } finally {
      cloud.save();
    }
  });
}

/** With everything in it: Civo doesn't ask whether a store is empty. */
function removeBucket(cloud: Cloud, store: ObjectStore): void {
  store.status = 'deleting';
  cloud.jobs.start(credentialJob(store.credentialId), `object store ${store.name}`, async () => {
    await cloud.jobs.wait(cloud.settings.timings.objectStoreDeleting);
    await cloud.backends.objectStores.removeBucket(store.name);
    cloud.state.objectStores = cloud.state.objectStores.filter((candidate) => candidate !== store);
    cloud.save();
  });
}

function ownerKey(cloud: Cloud, store: ObjectStore): string {
  const owner = cloud.state.objectStoreCredentials.find((credential) => credential.id === store.credentialId);
  if (!owner) throw new Error('its credential is gone');
  return owner.access_key_id;
}

function requireBucketName(name: string): void {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    throw badRequest(
      'parameter_name_invalid',
      `${name} is not a bucket name: 3 to 63 lower-case letters, digits, dots and dashes`,
    );
  }
}

/** [unproven: store-steps] Civo's CLI and dashboard have these steps; that the API checks them is the harder reading. */
function requireSize(size: number): void {
  if (size < STEP_GB || size % STEP_GB !== 0) {
    throw badRequest(
      'parameter_size_invalid',
      `max_size_gb ${String(size)} is not a multiple of ${String(STEP_GB)}`,
    );
  }
}
