/** What happens to every request, whatever its kind: body, token, region, interceptors, the log. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { Region } from './catalogue';
import { badRequest, CivoError, notFound } from './errors';
import type { Settings } from './options';

/** A line of the request log. */
export interface LoggedRequest {
  /** ISO time at which the request came. */
  at: string;
  method: string;
  path: string;
  region: string;
  /** HTTP status; 0 where the connection was cut instead. */
  status: number;
  /** Milliseconds until the answer was ready. */
  ms: number;
  /** Name of the fault on demand that hit it. */
  fault?: string;
}

/**
 * Sees every call, and may answer in the API's place. `before` runs ahead of the work, `after` behind it (the work is
 * done and saved, the answer not yet sent; it returns the answer to send). Either may wait, throw a `CivoError`, send a
 * reply of its own, or cut the connection.
 */
export interface Interceptor {
  before: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  after: (request: FastifyRequest, reply: FastifyReply, payload: unknown) => unknown;
}

const KEPT_REQUESTS = 10_000;

declare module 'fastify' {
  interface FastifyRequest {
    /** Name of the fault that hit this call. */
    fault?: string;
    /** Whether its connection was cut instead of an answer. */
    cut?: boolean;
  }
}

/** Registers all of that. Returns the log, newest last, which continues to be filled. */
export function handleRequests(
  app: FastifyInstance,
  settings: Settings,
  interceptor: Interceptor,
  save: () => void,
): LoggedRequest[] {
  const requests: LoggedRequest[] = [];
  acceptPlainBodies(app);

  app.addHook('onRequest', (request, reply, done) => {
    if (!isCivoCall(request)) {
      done();
      return;
    }
    const start = performance.now();
    reply.raw.once('close', () => {
      log(request, request.cut ? 0 : reply.statusCode, performance.now() - start);
    });
    // Code and status as the provider's configuration check knows them.
    const given = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const refused = new CivoError(401, 'database_account_not_found', 'No account found for this token');
    done(given === settings.token ? undefined : refused);
  });
  const log = (request: FastifyRequest, status: number, ms: number) => {
    requests.push({
      at: new Date(Date.now() - ms).toISOString(),
      method: request.method,
      path: request.url.split('?')[0] ?? '',
      region: (request.query as { region?: string }).region ?? '',
      status,
      ms: Math.round(ms),
      ...(request.fault !== undefined && { fault: request.fault }),
    });
    if (requests.length > KEPT_REQUESTS) requests.shift();
  };

  app.addHook('preHandler', async (request, reply) => {
    if (isCivoCall(request)) await interceptor.before(request, reply);
  });
  app.addHook('preSerialization', async (request, reply, payload) => {
    if (!isCivoCall(request)) return payload;
    // On disk before the caller knows of it.
    if (request.method !== 'GET') save();
    return interceptor.after(request, reply, payload);
  });
  return requests;
}

/** Everything else that is served here (the dashboard, faults) is for people on this machine: no token, no log. */
const isCivoCall = (request: FastifyRequest) => request.url.startsWith('/v2/');

/**
 * Civo's client sends `Content-Encoding: gzip` with a body that is plain JSON, and a JSON content type with no body at
 * all. So the body is taken as it is, whatever the headers say.
 */
function acceptPlainBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body.length === 0) {
      done(null, {});
      return;
    }
    try {
      done(null, JSON.parse(body.toString()));
    } catch {
      done(badRequest('database_template_parse_request', 'The body is not JSON'));
    }
  });
}

/** The region of a request: from the query only, in any case. The body's `region` may be empty or absent. */
export function regionOf(request: FastifyRequest, settings: Settings): Region {
  const given = (request.query as { region?: string }).region ?? '';
  const code = (given === '' ? settings.defaultRegion : given).toUpperCase();
  const region = settings.regions.find((candidate) => candidate.code === code);
  if (!region) throw notFound('database_region_not_found', `There is no region ${given}`);
  return region;
}

/** A string of a body: absent and `null` are the empty one. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

/** A string that has to be there. */
export const required = z.string().min(1);

/** The body, as `shape` has it. */
export function bodyOf<T>(request: FastifyRequest, shape: z.ZodType<T>): T {
  const parsed = shape.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw badRequest('parameter_value_missing', problems.join('; '));
}

/** A part of the path, such as the `id` of `/v2/networks/:id`. */
export function pathPart(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? '';
}
