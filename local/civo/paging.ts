import type { FastifyRequest } from 'fastify';

const DEFAULT_PAGE_SIZE = 20;

/**
 * One page of `items`, for the kinds that Civo pages (instances, ips, objectstores and their credentials); all others
 * are plain arrays.
 *
 * @param maxPageSize a caller gets no more than this per page, whatever it asks for
 */
export function page<T>(request: FastifyRequest, items: T[], maxPageSize: number) {
  const query = request.query as { page?: string; per_page?: string };
  const number = positive(query.page) ?? 1;
  const size = Math.min(positive(query.per_page) ?? DEFAULT_PAGE_SIZE, maxPageSize);
  return {
    page: number,
    per_page: size,
    pages: Math.max(1, Math.ceil(items.length / size)),
    items: items.slice((number - 1) * size, number * size),
  };
}

function positive(text: string | undefined): number | undefined {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}
