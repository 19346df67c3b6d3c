/** What `bin/mastodon init` makes of the answers of a registry. */
import { newestPatch } from '../../cli/init/registry';
import { newestRelease } from '../../cli/init/release';
import { minorOf, NEWEST_KNOWN, TRIED_MINORS } from '../../settings/mastodon-releases';

const IMAGE = 'ghcr.io/mastodon/mastodon';
const asked: string[] = [];

/** A registry that demands a token, and gives two tags a page. */
function registry(
  tags: readonly string[],
  change: (answer: Response, page: number) => Response = (answer) => answer,
) {
  jest.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const url = new URL(input);
    asked.push(url.href);
    if (url.pathname === '/token') return Promise.resolve(Response.json({ token: 'anybody' }));
    const { Authorization } = (init?.headers ?? {}) as Record<string, string>;
    if (Authorization !== 'Bearer anybody') {
      const challenge = 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="x"';
      return Promise.resolve(new Response('', { status: 401, headers: { 'www-authenticate': challenge } }));
    }
    const from = Number(url.searchParams.get('last') ?? 0);
    const headers: Record<string, string> =
      from + 2 < tags.length
        ? { link: `</v2/mastodon/mastodon/tags/list?last=${String(from + 2)}&n=2>; rel="next"` }
        : {};
    return Promise.resolve(
      change(Response.json({ tags: tags.slice(from, from + 2) }, { headers }), from / 2),
    );
  });
}

afterEach(() => {
  jest.restoreAllMocks();
  asked.length = 0;
});

test('the newest patch release is found on whichever page it is, and nothing but a release counts', async () => {
  registry([
    'latest',
    'v4.7.10',
    'v4.7.9',
    'v4.7.11-rc.1',
    'v4.8.0-beta.1',
    'v4.70.12',
    'v4.7',
    'nightly.4.7.99',
    'v4.6.30',
    'v4.7.2',
  ]);
  expect(await newestPatch(IMAGE, '4.7')).toBe('4.7.10');
  expect(asked.filter((url) => url.includes('tags/list'))).toHaveLength(6);
});

test('a registry without a release of that minor version, or that refuses, says so', async () => {
  registry(['v4.6.5', 'v4.7.0-rc.1']);
  await expect(newestPatch(IMAGE, '4.7')).rejects.toThrow(`${IMAGE} has no release of 4.7`);
  registry(['v4.6.5'], () => new Response('', { status: 503 }));
  await expect(newestPatch(IMAGE, '4.7')).rejects.toThrow('answers 503');
});

test('a list that never ends, or leads to another host with the token, is not followed', async () => {
  const next = (link: string) => () =>
    Response.json({ tags: ['v4.7.1'] }, { headers: { link: `<${link}>; rel="next"` } });
  registry([], next('/v2/mastodon/mastodon/tags/list?n=2'));
  await expect(newestPatch(IMAGE, '4.7')).rejects.toThrow('more than 50 pages');
  registry([], next('https://elsewhere.example/v2/'));
  await expect(newestPatch(IMAGE, '4.7')).rejects.toThrow('leads to elsewhere.example');
  expect(asked.some((url) => url.includes('elsewhere'))).toBe(false);
});

test('where no registry answers, the newest release that is known is proposed, and the reason is shown', async () => {
  const said = jest.spyOn(console, 'log').mockReturnValue();
  jest
    .spyOn(globalThis, 'fetch')
    .mockRejectedValue(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND ghcr.io') }));
  expect(await newestRelease(IMAGE)).toBe(NEWEST_KNOWN);
  expect(said.mock.calls.flat().join()).toContain(
    `newest release of Mastodon ${minorOf(NEWEST_KNOWN)} (getaddrinfo ENOTFOUND ghcr.io)`,
  );
  expect(minorOf(NEWEST_KNOWN)).toBe(TRIED_MINORS.at(-1));
});
