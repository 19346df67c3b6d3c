import type { FastifyInstance } from 'fastify';

import { content, page, type Shown } from './page';

/** A page for people, live while programs work, and the calls for programs. They show no secret. */
export function dashboardRoutes(app: FastifyInstance, shown: Shown): void {
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(page(shown)));
  app.get('/local/dashboard', (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(content(shown)),
  );
  app.get('/local/requests', () => shown.requests);
}
