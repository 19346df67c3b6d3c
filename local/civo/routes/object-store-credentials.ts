import { randomBytes, randomInt, randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { Cloud } from '../cloud';
import { CivoError, conflict, notFound } from '../errors';
import { messageOf } from '../jobs';
import { page } from '../paging';
import { bodyOf, pathPart, regionOf, required, text } from '../requests';
import type { ObjectStoreCredential } from '../store-schema';

const KeysBody = z.object({ access_key_id: text, secret_access_key_id: text });

/** Credentials of object stores. Mind the path: `objectstore` in the singular. */
export function objectStoreCredentialRoutes(app: FastifyInstance, cloud: Cloud): void {
  const { state, settings } = cloud;

  const list = (request: FastifyRequest) => {
    const region = regionOf(request, settings);
    return state.objectStoreCredentials.filter((credential) => credential.region === region.code);
  };
  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'id');
    const credential = list(request).find((candidate) => candidate.id === id);
    if (!credential) {
      throw notFound(
        'database_objectstore_credential_not_found',
        `There is no object store credential ${id}`,
      );
    }
    return credential;
  };

  app.get('/v2/objectstore/credentials', (request) =>
    page(request, list(request).map(view), settings.maxPageSize),
  );

  app.get('/v2/objectstore/credentials/:id', (request) => view(find(request)));

  app.post('/v2/objectstore/credentials', (request) => {
    const { name } = bodyOf(request, z.object({ name: required }));
    const keys = bodyOf(request, KeysBody);
    return view(addCredential(cloud, regionOf(request, settings).code, name, keys));
  });

  app.put('/v2/objectstore/credentials/:id', async (request) => {
    const credential = find(request);
    const keys = bodyOf(request, KeysBody);
    const before = credential.access_key_id;
    if (keys.access_key_id !== '' && keys.access_key_id !== before) requireFreeKey(cloud, keys.access_key_id);
    credential.access_key_id = keys.access_key_id || before;
    credential.secret_access_key_id = keys.secret_access_key_id || credential.secret_access_key_id;
    try {
      await applyCredential(cloud, credential, before);
    } catch (error) {
      throw new CivoError(500, 'database_objectstore_credential_update', messageOf(error));
    }
    return view(credential);
  });

  app.delete('/v2/objectstore/credentials/:id', async (request) => {
    const credential = find(request);
    if (state.objectStores.some((store) => store.credentialId === credential.id)) {
      throw conflict('database_objectstore_credential_inuse', 'An object store uses the credential');
    }
    state.objectStoreCredentials = state.objectStoreCredentials.filter(
      (candidate) => candidate !== credential,
    );
    cloud.save();
    await cloud.backends.objectStores.removeCredential(credential.access_key_id);
    return { id: credential.id, result: 'success' };
  });
}

/** Finishes pending credentials after a restart, and hands all of them to the object store again. */
export async function resumeCredentials(cloud: Cloud): Promise<void> {
  for (const credential of cloud.state.objectStoreCredentials) {
    if (credential.status === 'pending') provision(cloud, credential);
    else
      await cloud.backends.objectStores.putCredential(
        credential.access_key_id,
        credential.secret_access_key_id,
      );
  }
}

/** Adds a credential, with keys in the form of Civo's own where none are given. It is `pending` at first. */
export function addCredential(
  cloud: Cloud,
  region: string,
  name: string,
  keys: z.output<typeof KeysBody>,
): ObjectStoreCredential {
  const { objectStoreCredentials } = cloud.state;
  if (objectStoreCredentials.some((credential) => credential.name === name && credential.region === region)) {
    throw conflict('database_objectstore_credential_duplicate_name', `There is a credential ${name} already`);
  }
  if (keys.access_key_id !== '') requireFreeKey(cloud, keys.access_key_id);
  const credential: ObjectStoreCredential = {
    id: randomUUID(),
    region,
    name,
    access_key_id: keys.access_key_id || newAccessKey(),
    secret_access_key_id: keys.secret_access_key_id || randomBytes(20).toString('hex'),
    status: 'pending',
  };
  objectStoreCredentials.push(credential);
  provision(cloud, credential);
  return credential;
}

/** Jobs about a credential run under this key, so that a store waits until its credential is there. */
export const credentialJob = (id: string) => `credential ${id}`;

function provision(cloud: Cloud, credential: ObjectStoreCredential): void {
  cloud.jobs.start(credentialJob(credential.id), `object store credential ${credential.name}`, async () => {
    await cloud.jobs.wait(cloud.settings.timings.credentialPending);
    try {
      await cloud.backends.objectStores.putCredential(
        credential.access_key_id,
        credential.secret_access_key_id,
      );
      credential.status = 'ready';
    } catch (error) {
      credential.status = 'failed';
      throw error;
    } finally {
      cloud.save();
    }
  });
}

/** New keys of an existing credential: its stores stay its own, and the old key stops working. */
async function applyCredential(
  cloud: Cloud,
  credential: ObjectStoreCredential,
  oldKey: string,
): Promise<void> {
  cloud.save();
  const { objectStores } = cloud.backends;
  await cloud.jobs.run(credentialJob(credential.id), async () => {
    await objectStores.putCredential(credential.access_key_id, credential.secret_access_key_id);
    if (oldKey === credential.access_key_id) return;
    for (const store of cloud.state.objectStores) {
      if (store.credentialId === credential.id) {
        await objectStores.createBucket(store.name, credential.access_key_id);
      }
    }
    await objectStores.removeCredential(oldKey);
  });
}

function requireFreeKey(cloud: Cloud, key: string): void {
  if (cloud.state.objectStoreCredentials.some((credential) => credential.access_key_id === key)) {
    throw conflict('database_objectstore_credential_duplicate_key', `The access key ${key} is taken`);
  }
}

const KEY_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

function newAccessKey(): string {
  return Array.from({ length: 20 }, () => KEY_LETTERS[randomInt(KEY_LETTERS.length)]).join('');
}

function view(credential: ObjectStoreCredential) {
  return { ...credential, max_size_gb: null, suspended: false };
}
