/**
 * GitHub's list of releases, as strict as the real one (https://docs.github.com/en/rest/releases/releases): it refuses who does not name
 * itself, shows no drafts, counts questions, and gives pages with a Link.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Published {
  readonly tag_name: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
  readonly published_at: string | null;
  readonly body: string | null;
}

export const published = (
  version: string,
  body: string | null = '',
  at = '2026-10-29T13:05:00Z',
): Published => ({
  tag_name: `v${version}`,
  draft: false,
  prerelease: version.includes('-'),
  published_at: at,
  body,
});

const PATH = '/repos/mastodon/mastodon/releases';
const RESET = 1_790_003_600;

export class GithubApi {
  releases: Published[] = [];
  /** Questions that an address may still ask; with a token there are a thousand. */
  left = 60;
  /** The status where no more may be asked; GitHub has both. */
  readonly limitStatus: 403 | 429 = 403;
  /** Answers in its place. */
  instead: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly asked: { path: string; token: string | undefined }[] = [];
  private readonly server = createServer((request, response) => {
    this.answer(request, response);
  });

  static async start(): Promise<GithubApi> {
    const api = new GithubApi();
    await new Promise<void>((resolve) => api.server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  stop = () =>
    new Promise<void>((resolve) => {
      this.server.closeAllConnections();
      this.server.close(() => {
        resolve();
      });
    });

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}${PATH}`;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { authorization, 'user-agent': agent, accept } = request.headers;
    this.asked.push({ path: request.url ?? '', token: authorization });
    if (!agent) {
      response.writeHead(403).end('Request forbidden by administrative rules.');
      return;
    }
    if (authorization === undefined) this.left -= 1;
    const limits = {
      'x-ratelimit-limit': authorization === undefined ? '60' : '1000',
      'x-ratelimit-remaining': String(Math.max(0, authorization === undefined ? this.left : 999)),
      'x-ratelimit-reset': String(RESET),
    };
    const send = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...limits, ...headers })
        .end(status === 304 ? '' : JSON.stringify(body));
    if (authorization === undefined && this.left < 0) {
      send(this.limitStatus, { message: 'API rate limit exceeded for 192.0.2.1.' });
      return;
    }
    if (this.instead) {
      this.instead(request, response);
      return;
    }
    const url = new URL(request.url ?? '/', this.url);
    if (url.pathname !== PATH || accept !== 'application/vnd.github+json') {
      send(404, { message: 'Not Found' });
      return;
    }
    const [size, page] = [
      Math.min(100, Number(url.searchParams.get('per_page') ?? 30)),
      Number(url.searchParams.get('page') ?? 1),
    ];
    const visible = this.releases.filter(({ draft }) => !draft);
    const shown = visible.slice((page - 1) * size, page * size);
    const etag = `W/"${createHash('sha256').update(JSON.stringify(shown)).digest('hex')}"`;
    const next = `${this.url}?per_page=${String(size)}&page=${String(page + 1)}`;
    const link: Record<string, string> =
      page * size < visible.length ? { link: `<${next}>; rel="next"` } : {};
    send(request.headers['if-none-match'] === etag ? 304 : 200, shown, { etag, ...link });
  }
}
