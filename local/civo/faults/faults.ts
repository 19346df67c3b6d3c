import { setTimeout as delay } from 'node:timers/promises';

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Cloud } from '../cloud';
import { CivoError } from '../errors';
import type { Interceptor } from '../requests';
import type { Effect, Fault } from './fault';
import { changeObject, removeObject } from './out-of-band';

/** A fault that was asked for, and what became of it. */
export interface StandingFault extends Fault {
  readonly id: number;
  name: string;
  /** Matching calls so far. */
  met: number;
  /** Calls that it hit. */
  fired: number;
  /** Milliseconds since the epoch. */
  firstFired?: number;
}

/** The faults of a running API: asked for one by one, each hits the calls that it waits for. */
export class Faults {
  private standing: StandingFault[] = [];
  private next = 1;
  /** Ends answers that hang. */
  private readonly lifted = new Map<number, AbortController>();

  constructor(private readonly cloud: Cloud) {}

  /** All that were asked for and not taken away, also those that have run out. */
  get list(): readonly StandingFault[] {
    return this.standing;
  }

  add(fault: Fault): StandingFault {
    const standing = {
      ...fault,
      name: fault.name ?? describe(fault.effect),
      id: this.next,
      met: 0,
      fired: 0,
    };
    this.next += 1;
    this.standing.push(standing);
    this.lifted.set(standing.id, new AbortController());
    return standing;
  }

  /** Takes away one fault, or all. What hangs by it is cut off. */
  lift(id?: number): number {
    const gone = this.standing.filter((fault) => id === undefined || fault.id === id);
    this.standing = this.standing.filter((fault) => !gone.includes(fault));
    for (const fault of gone) {
      this.lifted.get(fault.id)?.abort();
      this.lifted.delete(fault.id);
    }
    return gone.length;
  }

  /** Where faults enter: see `handleRequests`. */
  readonly interceptor: Interceptor = {
    before: async (request, reply) => {
      const fault = this.hit(request);
      if (!fault) return;
      request.fault = fault.name;
      await this.before(fault, request, reply);
    },
    after: (request, reply, payload) => {
      const effect = request.afterwards;
      if (!effect) return payload;
      if ('loseAnswer' in effect) cut(request, reply);
      return 'show' in effect ? shown(payload, effect.show) : payload;
    },
  };

  /** The first fault that waits for this call and isn't spent. */
  private hit(request: FastifyRequest): StandingFault | undefined {
    for (const fault of this.standing) {
      const call = callOf(fault, request);
      if (call === undefined) continue;
      fault.met += 1;
      if (fault.met <= fault.after || spent(fault)) continue;
      fault.fired += 1;
      if (fault.sticks) fault.on = call;
      fault.firstFired ??= Date.now();
      return fault;
    }
    return undefined;
  }

  private async before(fault: StandingFault, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { effect } = fault;
    if ('html' in effect) await reply.status(effect.status).type('text/html').send(effect.html);
    else if ('status' in effect) {
      reply.headers(effect.headers);
      // A null or a number where Civo's client wants a string is part of what is asked for.
      throw new CivoError(effect.status, effect.code as string, effect.reason as string);
    } else if ('reset' in effect) cut(request, reply);
    else if ('hang' in effect) {
      const { signal } = this.lifted.get(fault.id) ?? new AbortController();
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
        request.raw.socket.once('close', resolve);
      });
      cut(request, reply);
    } else if ('delay' in effect) await delay(effect.delay * 1_000);
    else if ('remove' in effect) await removeObject(this.cloud, effect.remove);
    else if ('change' in effect) await changeObject(this.cloud, effect.change);
    else request.afterwards = effect;
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What is left to do once the work is done. */
    afterwards?: Effect;
  }
}

function spent(fault: StandingFault): boolean {
  const times = fault.times ?? (fault.seconds === undefined ? 1 : Infinity);
  const end =
    fault.seconds === undefined || fault.firstFired === undefined
      ? Infinity
      : fault.firstFired + fault.seconds * 1_000;
  return fault.fired >= times || Date.now() > end;
}

/** The one of its calls that this is. */
function callOf({ on, agent }: Fault, request: FastifyRequest): string | undefined {
  if (agent !== undefined && !request.headers['user-agent']?.includes(agent)) return undefined;
  const path = request.url.split('?')[0] ?? '';
  return [on].flat().find((call) => {
    const [method, pattern = ''] = call.split(' ');
    return (method === '*' || method === request.method) && matchesPath(pattern, path);
  });
}

function matchesPath(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const parts = path.split('/');
  const rest = wanted.at(-1) === '**';
  if (rest) wanted.pop();
  const long = rest ? parts.length >= wanted.length : parts.length === wanted.length;
  return long && wanted.every((part, i) => part === '*' || part === parts[i]);
}

/** Ends the connection without an answer. */
function cut(request: FastifyRequest, reply: FastifyReply): void {
  request.cut = true;
  reply.hijack();
  request.raw.socket.destroy();
}

/** The answer with `show` in each object of it, whether it is one, a list, or a page of a list. */
function shown(payload: unknown, show: object): unknown {
  if (Array.isArray(payload)) return payload.map((item) => shown(item, show));
  if (payload === null || typeof payload !== 'object') return payload;
  if ('items' in payload) return { ...payload, items: shown(payload.items, show) };
  return { ...payload, ...show };
}

function describe(effect: Effect): string {
  if ('html' in effect) return `${String(effect.status)} with HTML`;
  if ('status' in effect) return `${String(effect.status)} ${String(effect.code)}`;
  if ('delay' in effect) return `${String(effect.delay)} s late`;
  if ('show' in effect) return `shows ${JSON.stringify(effect.show)}`;
  if ('remove' in effect) return `${effect.remove.kind} ${effect.remove.name} removed out of band`;
  if ('change' in effect) return `${effect.change.kind} ${effect.change.name} changed out of band`;
  return 'reset' in effect ? 'connection reset' : 'hang' in effect ? 'no answer' : 'answer lost';
}
