/** A list of blocks, from its address: nothing but a file of text that came in full. */
import { ListError } from '../../community-files/published-list';

export interface FetchLimits {
  /** After decompression. */
  readonly bytes: number;
  /** In milliseconds, for all of it. */
  readonly time: number;
}

/** The largest list that is known, of all tiers and with comments, has half a megabyte. */
const LIMITS: FetchLimits = { bytes: 10 * 1024 * 1024, time: 60_000 };
const REDIRECTS = 5;
/** What servers say of CSV and of files that they don't know. */
const TEXT =
  /^(text\/(plain|csv|x-csv|comma-separated-values)|application\/(csv|x-csv|vnd\.ms-excel|octet-stream)|binary\/octet-stream)$/;

/**
 * The text of a list, and the address that it came from.
 * @throws ListError that says why there is none
 */
export async function fetchList(url: string, limits = LIMITS): Promise<{ text: string; address: string }> {
  try {
    return await read(url, limits);
  } catch (error) {
    if (error instanceof ListError) throw error;
    throw new ListError(reasonOf(error, limits), { cause: error });
  }
}

async function read(url: string, { bytes, time }: FetchLimits) {
  const signal = AbortSignal.timeout(time);
  let address = new URL(url);
  for (let redirects = 0; redirects <= REDIRECTS; redirects += 1) {
    const answer = await fetch(address, { signal, redirect: 'manual' });
    const location = answer.headers.get('location');
    if (answer.status < 300 || answer.status > 399 || location === null) {
      return { text: await textOf(answer, bytes), address: address.href };
    }
    await answer.body?.cancel();
    address = redirected(address, location);
  }
  throw new ListError(`redirects more than ${String(REDIRECTS)} times`);
}

/**
 * Where an address leads. Another host is fine, as files of GitHub's are on one; plain HTTP is not, as anybody in between could
 * write the list.
 * @throws ListError
 */
export function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href))
    throw new ListError(`redirects to ${location}, which is no address`);
  const to = new URL(location, from.href);
  if (to.protocol === 'https:' || to.protocol === from.protocol) return to;
  throw new ListError(`redirects to ${to.href}; expected an https:// address`);
}

async function textOf(answer: Response, most: number): Promise<string> {
  const kind = (answer.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const problem =
    answer.status !== 200
      ? `answers ${String(answer.status)} ${answer.statusText}`.trim()
      : kind !== '' && !TEXT.test(kind) && `answers with ${kind}; expected text/csv or text/plain`;
  if (problem !== false) {
    await answer.body?.cancel();
    throw new ListError(problem);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > most) throw new ListError(`is larger than ${String(most)} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function reasonOf(error: unknown, { time }: FetchLimits): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError') return `did not come in full within ${String(time / 1000)} seconds`;
  const why = (cause as Error | undefined)?.message ?? message;
  // undici's word for a connection that ends before the file does.
  return message === 'terminated' ? `ended in the middle: ${why}` : `can't be read: ${why}`;
}
