/** The releases of Mastodon, of GitHub's API: https://docs.github.com/en/rest/releases/releases. They are text of others. */
import { z } from 'zod';
import { messageOf } from '../../lib/message-of';
import { OperationError } from '../lib/pulumi-cli';

export const RELEASES = 'https://api.github.com/repos/mastodon/mastodon/releases';
const NOTES = 'https://github.com/mastodon/mastodon/releases/tag';
const PATIENCE_MS = 20_000;
/** Notes may have 125,000 characters each. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Of a hundred releases each: some years. */
const MOST_PAGES = 3;
const MOST_REDIRECTS = 3;

/** A release for servers. */
export interface Release {
  readonly version: string;
  /** In ISO 8601. */
  readonly published: string;
  /** Whether it fixes security problems, as its notes say. */
  readonly security: boolean;
  /** Where its notes are, made here. */
  readonly url: string;
  /** What others wrote: see `quoted`. */
  readonly notes: string;
}

/** Drafts and pre-releases have both fields, too; a draft has no time. */
const ANSWER = z
  .array(
    z.object({
      tag_name: z.string(),
      draft: z.boolean(),
      prerelease: z.boolean(),
      published_at: z.iso.datetime({ offset: true }).nullable(),
      body: z.string().nullish(),
    }),
  )
  .max(100);

const TAG = /^v?((?:0|[1-9]\d{0,3})(?:\.(?:0|[1-9]\d{0,3})){2})$/;
/** Upstream's notes have what was fixed under this heading, and name each advisory: those of v4.5.20, for example. */
const SECURITY = /^#{1,6}[ \t]+Security[ \t]*\r?$|\bGHSA(?:-[0-9a-z]{4}){3}\b|\bCVE-\d{4}-\d{4,}\b/im;

export interface Question {
  /** Of GitHub's, which then takes more questions. */
  readonly token?: string | undefined;
  readonly url?: string;
  /** Whether no more pages are needed. */
  readonly enough?: (found: readonly Release[]) => boolean;
}

/** @throws OperationError if GitHub doesn't answer, or with something else than releases */
export async function publishedReleases({
  token,
  url = RELEASES,
  enough = () => false,
}: Question): Promise<Release[]> {
  const found: Release[] = [];
  let next: URL | undefined = new URL(`${url}?per_page=100`);
  for (let page = 0; page < MOST_PAGES && next !== undefined && !enough(found); page += 1) {
    const { text, link } = await ask(next, token);
    found.push(...releasesIn(text));
    next = nextPage(next, link);
  }
  return found;
}

export function releasesIn(text: string): Release[] {
  const parsed = ANSWER.safeParse(asJson(text));
  if (!parsed.success)
    throw new OperationError('GitHub answers with something else than a list of releases.');
  return parsed.data.flatMap(({ tag_name: tag, draft, prerelease, published_at: published, body }) => {
    const version = TAG.exec(tag)?.[1];
    if (draft || prerelease || version === undefined || published === null) return [];
    const notes = body ?? '';
    return [{ version, published, security: SECURITY.test(notes), url: `${NOTES}/v${version}`, notes }];
  });
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function ask(first: URL, token: string | undefined): Promise<{ text: string; link: string }> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  let url = first;
  try {
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const answer = await fetch(url, { headers: headers(token), signal, redirect: 'manual' });
      const location = answer.headers.get('location');
      if (answer.status >= 300 && answer.status < 400 && location !== null) {
        await answer.body?.cancel();
        url = sameHost(url, location);
        continue;
      }
      if (answer.status === 200)
        return { text: await textOf(answer), link: answer.headers.get('link') ?? '' };
      await answer.body?.cancel();
      throw new OperationError(refusal(answer, token !== undefined));
    }
  } catch (error) {
    if (error instanceof OperationError) throw error;
    const { cause } = error as Error;
    throw new OperationError(
      `GitHub can't be asked for the releases of Mastodon: ${messageOf(cause ?? error)}. Try again later.`,
    );
  }
  throw new OperationError(`${first.href} redirects more than ${String(MOST_REDIRECTS)} times.`);
}

/** GitHub refuses who does not name itself. */
const headers = (token: string | undefined) => ({
  Accept: 'application/vnd.github+json',
  'User-Agent': 'mastodon-on-civo',
  'X-GitHub-Api-Version': '2022-11-28',
  ...(token !== undefined && { Authorization: `Bearer ${token}` }),
});

/** A repository with another name leads on within the host. Another host would get the token. */
function sameHost(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to?.origin === from.origin) return to;
  throw new OperationError(`${from.href} leads to another host; it is not followed.`);
}

function nextPage(page: URL, link: string): URL | undefined {
  const next = /<([^<>]+)>\s*;\s*rel="?next"?/.exec(link)?.[1];
  return next === undefined ? undefined : sameHost(page, next);
}

async function textOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MOST_BYTES)
      throw new OperationError(`GitHub's answer is larger than ${String(MOST_BYTES)} bytes.`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function refusal({ status, headers: said }: Response, known: boolean): string {
  const usedUp =
    [403, 429].includes(status) && (said.get('x-ratelimit-remaining') === '0' || said.has('retry-after'));
  if (!usedUp) return `GitHub answers ${String(status)} when it is asked for the releases of Mastodon.`;
  const reset = Number(said.get('x-ratelimit-reset') ?? NaN) * 1000;
  const until =
    Number.isFinite(reset) && Math.abs(reset) < 8e15 ? ` until ${new Date(reset).toISOString()}` : '';
  const more = known ? '' : ' A token in GITHUB_TOKEN has a larger one.';
  return `GitHub's limit is used up${until} (${String(status)}).${more}`;
}
