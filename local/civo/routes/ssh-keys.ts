import { randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseKey } from 'sshpk';
import { z } from 'zod';

import type { Cloud } from '../cloud';
import { badRequest, conflict, notFound } from '../errors';
import { bodyOf, pathPart, required, text } from '../requests';
import type { SshKey } from '../store-schema';

/** SSH keys: of the account, in no region. */
export function sshKeyRoutes(app: FastifyInstance, cloud: Cloud): void {
  const { state } = cloud;

  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'id');
    const key = state.sshKeys.find((candidate) => candidate.id === id);
    if (!key) throw notFound('database_ssh_key_not_found', `There is no SSH key ${id}`);
    return key;
  };
  const requireFreeName = (name: string) => {
    if (state.sshKeys.some((key) => key.name === name)) {
      throw conflict('database_ssh_key_duplicate_name', `There is an SSH key ${name} already`);
    }
  };

  app.get('/v2/sshkeys', () => state.sshKeys);

  app.get('/v2/sshkeys/:id', (request) => find(request));

  app.post('/v2/sshkeys', (request) => {
    const body = bodyOf(request, z.object({ name: required, public_key: text }));
    if (body.public_key === '') throw badRequest('parameter_public_key_empty', 'The public key is empty');
    requireFreeName(body.name);
    const fingerprint = fingerprintOf(body.public_key);
    // [unproven: same-key-twice] Civo has a code for it; whether it refuses the same key under another name was not tried.
    if (state.sshKeys.some((key) => key.fingerprint === fingerprint)) {
      throw conflict('sshkey_duplicate', 'This public key is there already, under another name');
    }
    const key: SshKey = { id: randomUUID(), ...body, fingerprint, created_at: cloud.now() };
    state.sshKeys.push(key);
    return { id: key.id, result: 'success' };
  });

  app.put('/v2/sshkeys/:id', (request) => {
    const { name } = bodyOf(request, z.object({ name: required }));
    const key = find(request);
    if (name !== key.name) requireFreeName(name);
    key.name = name;
    return key;
  });

  app.delete('/v2/sshkeys/:id', (request) => {
    const key = find(request);
    state.sshKeys = state.sshKeys.filter((candidate) => candidate !== key);
    return { id: key.id, result: 'success' };
  });
}

function fingerprintOf(publicKey: string): string {
  try {
    return parseKey(publicKey, 'ssh').fingerprint('sha256').toString();
  } catch {
    throw badRequest('database_ssh_key_create', 'The public key is not an OpenSSH public key');
  }
}
