import type { FastifyInstance } from 'fastify';

import { badRequest, notFound } from '../errors';
import { pathPart } from '../requests';
import { FaultOrPreset, faultProblems } from './fault';
import type { Faults } from './faults';

/** The control API. It needs no token: the server listens on loopback only. */
export function faultRoutes(app: FastifyInstance, faults: Faults): void {
  app.get('/local/faults', () => faults.list);

  app.post('/local/faults', (request, reply) => {
    const parsed = FaultOrPreset.safeParse(request.body);
    if (!parsed.success) throw badRequest('invalid_fault', faultProblems(parsed.error).join('; '));
    return reply.status(201).send(faults.add(parsed.data));
  });

  app.delete('/local/faults', () => ({ lifted: faults.lift() }));

  app.delete('/local/faults/:id', (request) => {
    const id = Number(pathPart(request, 'id'));
    if (faults.lift(id) === 0)
      throw notFound('no_such_fault', `There is no fault ${pathPart(request, 'id')}`);
    return { lifted: 1 };
  });
}
