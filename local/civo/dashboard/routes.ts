import type { FastifyInstance } from 'fastify';

import { content, page, type Shown } from './page';

/** A page for people, live while programs work. It shows no secret. */
export function dashboardRoutes(app: FastifyInstance, shown: Shown): void {
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(page(shown)));
  app.get('/local/dashboard', (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(content(shown)),
  );
}
