/** Faults on demand of what runs beside the API: the object store, the ACME server, the name server. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { badRequest } from '../civo/errors';

/** One fault at a time for each service. */
export const ServiceFault = z.discriminatedUnion('service', [
  z.strictObject({
    service: z.literal('object-store'),
    /**
     * `outage`: connections are refused. `hang`: they are taken, and nothing is answered. `slow`: a tenth of its speed.
     * `revoked`: `accessKey` is not known any more. `slow-down`: each request is answered with 503. `full`: no object is
     * taken any more in `bucket` (else in any); reads and deletions continue. `lenient`: it takes what Civo's store refuses.
     */
    fault: z.enum(['outage', 'hang', 'slow', 'revoked', 'slow-down', 'full', 'lenient']),
    accessKey: z.string().optional(),
    bucket: z.string().optional(),
    seconds: z.number().positive().optional(),
  }),
  z.strictObject({
    service: z.literal('acme'),
    /**
     * `outage`: connections are refused. `rate-limit`: no new order is taken. `expired`: its own certificate is out of
     * date. (For a validation that fails, let the name server fail: the ACME server validates for real.)
     */
    fault: z.enum(['outage', 'rate-limit', 'expired']),
    seconds: z.number().positive().optional(),
  }),
  z.strictObject({
    service: z.literal('dns'),
    /**
     * Of customers' zones. `stale`: changes aren't taken over. `servfail`: no answer but that it can't answer.
     * `undelegated`: the zone above knows none of them; a client that has asked gets that answer for some seconds more, as by a resolver
     * that remembers. `left-over`: `records` that a server before left are in them, too.
     */
    fault: z.enum(['stale', 'servfail', 'undelegated', 'left-over']),
    records: z
      .array(z.strictObject({ name: z.string(), type: z.enum(['A', 'AAAA', 'CAA']), value: z.string() }))
      .optional(),
    seconds: z.number().positive().optional(),
  }),
]);
export type ServiceFault = z.output<typeof ServiceFault>;
type ServiceName = ServiceFault['service'];
type FaultOf<Name extends ServiceName> = Extract<ServiceFault, { service: Name }>;

/** A service that can fail on demand. `undefined`: all is well again. Resolves when it is so. */
export interface CanFail<Name extends ServiceName> {
  fail(fault: FaultOf<Name> | undefined): Promise<void>;
}

export class ServiceFaults {
  private readonly standing = new Map<ServiceName, ServiceFault>();
  private readonly timers = new Map<ServiceName, NodeJS.Timeout>();

  constructor(private readonly services: { [Name in ServiceName]: CanFail<Name> }) {}

  get list(): ServiceFault[] {
    return [...this.standing.values()];
  }

  /** Makes a service fail, in the place of what it failed by before; for good, or for some seconds. */
  async start(fault: ServiceFault): Promise<void> {
    await this.lift(fault.service);
    this.standing.set(fault.service, fault);
    await (this.services[fault.service] as CanFail<ServiceName>).fail(fault);
    if (fault.seconds === undefined) return;
    const timer = setTimeout(() => void this.lift(fault.service), fault.seconds * 1_000);
    this.timers.set(fault.service, timer.unref());
  }

  /** Makes one service well again, or all. */
  async lift(service?: ServiceName): Promise<void> {
    const ill = [...this.standing.keys()].filter((name) => service === undefined || name === service);
    for (const name of ill) {
      clearTimeout(this.timers.get(name));
      this.standing.delete(name);
      await this.services[name].fail(undefined);
    }
  }
}

/** The control API, beside that of the Civo API's own faults. */
export function serviceFaultRoutes(app: FastifyInstance, faults: ServiceFaults): void {
  app.get('/local/services/faults', () => faults.list);

  app.post('/local/services/faults', async (request, reply) => {
    const parsed = ServiceFault.safeParse(request.body);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        ({ path, message }) => `${path.join('.') || 'fault'}: ${message}`,
      );
      throw badRequest('invalid_fault', problems.join('; '));
    }
    await faults.start(parsed.data);
    return reply.status(201).send(parsed.data);
  });

  app.delete('/local/services/faults', async () => {
    await faults.lift();
    return { lifted: true };
  });
}
