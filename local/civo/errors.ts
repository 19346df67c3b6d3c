import type { FastifyError, FastifyInstance } from 'fastify';

/**
 * An error as Civo reports it. `code` decides what the provider does: only a few are known to it, and an unknown one is
 * printed whole. [unproven: error-codes] Where no source names the code of a refusal, it is made up in Civo's style, so
 * that the provider doesn't know it either. The answer never has a `null` in it: the provider's client panics on one.
 */
export class CivoError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly reason: string,
  ) {
    super(`${code}: ${reason}`);
  }

  get body() {
    return { code: this.code, reason: this.reason, result: 'failed' };
  }
}

export const badRequest = (code: string, reason: string) => new CivoError(400, code, reason);
export const notFound = (code: string, reason: string) => new CivoError(404, code, reason);
export const conflict = (code: string, reason: string) => new CivoError(409, code, reason);

/** Makes every failure an answer of Civo's shape. */
export function answerErrors(app: FastifyInstance, log: (line: string) => void): void {
  app.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split('?');
    // Not a Civo code: a call that this API doesn't know must not look like an object that isn't there.
    const error = new CivoError(
      501,
      'not_served_locally',
      `The local Civo API does not serve ${request.method} ${path ?? ''}`,
    );
    log(error.reason);
    return reply.status(error.status).send(error.body);
  });
  app.setErrorHandler((error: FastifyError | CivoError, request, reply) => {
    if (error instanceof CivoError) return reply.status(error.status).send(error.body);
    const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
    log(`${request.method} ${request.url}: ${error.message}`);
    return reply.status(status).send({ code: 'local_failure', reason: error.message, result: 'failed' });
  });
}
