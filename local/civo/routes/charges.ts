import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import type { Cloud } from '../cloud';
import { badRequest } from '../errors';

const HOUR = 3_600_000;
const LONGEST = 31 * 24 * HOUR;

const Period = z.object({ from: z.iso.datetime({ offset: true }), to: z.iso.datetime({ offset: true }) });

/** What is billed: hours of each thing, rounded up, and no money, as Civo reports it. A stopped instance costs the same. */
export function chargeRoutes(app: FastifyInstance, { state }: Cloud): void {
  app.get('/v2/charges', (request) => {
    const period = Period.safeParse(request.query);
    if (!period.success) throw badRequest('parameter_date_range', 'from and to: times in RFC 3339');
    const from = Date.parse(period.data.from);
    const to = Date.parse(period.data.to);
    if (to - from > LONGEST) throw badRequest('parameter_date_range_too_long', '31 days at most');

    return state.ledger
      .filter((entry) => entry.code !== '')
      .map(({ id, code, label, region, size_gb, ...times }) => {
        const start = Math.max(from, Date.parse(times.from));
        const end = Math.min(to, times.to === undefined ? Date.now() : Date.parse(times.to));
        return {
          code,
          product_id: id,
          label,
          from: new Date(start).toISOString(),
          to: new Date(end).toISOString(),
          num_hours: Math.ceil((end - start) / HOUR),
          size_gb,
          region,
        };
      })
      .filter((charge) => charge.from < charge.to);
  });
}
