/** `bin/mastodon releases`: what GitHub and the registry answer, what is newer, and what is written. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { compareVersions, newerThan, type Pinned } from '../../cli/releases/compare';
import { publishedReleases, type Release, releasesIn } from '../../cli/releases/github';
import { quoted, shortened } from '../../cli/releases/quoted';
import { compared, type Outside, releases } from '../../cli/releases/releases';
import { pullRequest, titleOf, told } from '../../cli/releases/report';
import { changed, pinnedIn } from '../../cli/releases/settings-file';
import { GithubApi, published } from '../support/github-api';

const FIXES =
  '## Changelog\r\n\r\n### Security\r\n\r\n- Fix insufficient verification ([GHSA-288h-6j8h-6x5j](https://github.com/x))\r\n';
const NOW = new Date('2026-11-10T12:00:00Z');
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const PINNED: Pinned = {
  version: '4.7.6',
  webImage: 'ghcr.io/mastodon/mastodon',
  webDigest: digest('a'),
  streamingImage: 'ghcr.io/mastodon/mastodon-streaming',
  streamingDigest: digest('b'),
};

let github: GithubApi;
let folder: string;
beforeEach(async () => {
  github = await GithubApi.start();
  folder = mkdtempSync(join(tmpdir(), 'releases-'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
  await github.stop();
});

const release = (version: string, security = false, at = '2026-10-01T00:00:00Z'): Release => ({
  version,
  published: at,
  security,
  url: `https://github.com/mastodon/mastodon/releases/tag/v${version}`,
  notes: '',
});

/** A registry with these tags: their digests are of one digit. */
const asks = (tags: Readonly<Record<string, string>> = {}, now = NOW): Outside => ({
  releases: github.url,
  token: undefined,
  digestOf: (image, tag) =>
    tags[tag] === undefined
      ? Promise.reject(new Error(`${image}:${tag} answers 404`))
      : Promise.resolve(digest(tags[tag] + (image.endsWith('streaming') ? 'b' : 'a')).slice(0, 71)),
  now,
});

describe('what GitHub answers', () => {
  test('releases for servers are found on all pages; drafts, pre-releases and other tags do not count', async () => {
    const many = Array.from({ length: 120 }, (_, i) => published(`4.5.${String(i)}`));
    github.releases = [
      published('4.8.0-rc.1', FIXES),
      { ...published('4.7.9'), draft: true },
      published('4.7.8', FIXES),
      ...many,
      published('4.7.7', null),
      { ...published('1'), tag_name: 'nightly.2026-10-01' },
    ];
    const found = await publishedReleases({ url: github.url });
    expect(found).toHaveLength(122);
    expect(found.filter(({ security }) => security).map(({ version }) => version)).toEqual(['4.7.8']);
    expect(found.at(-1)).toMatchObject({ version: '4.7.7', notes: '' });
    expect(github.asked.map(({ path }) => path.replace(/^.*\?/, ''))).toEqual([
      'per_page=100',
      'per_page=100&page=2',
    ]);
  });

  test('no more pages are asked for once what runs is among them', async () => {
    github.releases = Array.from({ length: 150 }, (_, i) => published(`4.7.${String(200 - i)}`));
    await compared('prod', { ...PINNED, version: '4.7.150' }, asks());
    expect(github.asked).toHaveLength(1);
  });

  test('a limit that is used up is reported with its end, and a token, which GitHub alone gets, has a larger one', async () => {
    github.left = 0;
    await expect(publishedReleases({ url: github.url })).rejects.toThrow(
      "GitHub's limit is used up until 2026-09-21T15:13:20.000Z (403). A token in GITHUB_TOKEN has a larger one.",
    );
    await publishedReleases({ url: github.url, token: 'secret' });
    expect(github.asked.map(({ token }) => token)).toEqual([undefined, 'Bearer secret']);
  });

  test.each([
    ['leads to another host', 302, { location: 'https://elsewhere.example/releases' }, ''],
    ['leads to another host', 200, { link: '<https://elsewhere.example/2>; rel="next"' }, '[]'],
    ['redirects more than 3 times', 301, { location: '/repositories/71' }, ''],
    ['something else than a list of releases', 200, {}, '<html>'],
    ['something else than a list of releases', 200, {}, '{"message":"x"}'],
    ['something else than a list of releases', 200, {}, '[{"tag_name":"v4.7.7"}]'],
    ['answers 503', 503, {}, ''],
    ['limit is used up (429)', 429, { 'retry-after': '60' }, ''],
  ])('an answer that %s (%i) is refused', async (said, status, headers, body) => {
    github.instead = (_, response) => response.writeHead(status, headers).end(body);
    await expect(publishedReleases({ url: github.url, token: 'x' })).rejects.toThrow(said);
  });

  test('a repository that has another name on the same host is followed', async () => {
    github.instead = (request, response) => {
      if (request.url === '/repositories/71') response.end(JSON.stringify([published('4.7.7')]));
      else response.writeHead(301, { location: '/repositories/71' }).end();
    };
    expect(await publishedReleases({ url: github.url })).toHaveLength(1);
  });

  test('a GitHub that cannot be reached is reported as that', async () => {
    await expect(publishedReleases({ url: 'http://127.0.0.1:1/' })).rejects.toThrow(
      /can't be asked.*Try again later/,
    );
  });

  test.each(['# Security', '#### security', 'see CVE-2026-41259', '(GHSA-288h-6j8h-6x5j)'])(
    'notes with "%s" are of a security release',
    (body) => {
      expect(releasesIn(JSON.stringify([published('4.7.7', `x\n${body}\n`)]))[0]?.security).toBe(true);
    },
  );

  test('notes that only speak of security are of none', () => {
    const body = 'There are known security issues in some of the dependencies.\n### Security of links\n';
    expect(releasesIn(JSON.stringify([published('4.7.7', body)]))[0]?.security).toBe(false);
  });
});

describe('what is newer', () => {
  test('versions are compared as numbers', () => {
    expect(['4.7.9', '4.10.0', '4.7.10', '4.6.30'].sort(compareVersions)).toEqual([
      '4.6.30',
      '4.7.9',
      '4.7.10',
      '4.10.0',
    ]);
  });

  test('patch releases are those of the same minor version, and the newest minor version is reported', () => {
    const all = ['4.7.6', '4.7.10', '4.7.9', '4.6.30', '4.8.0', '4.8.1', '4.7.5'].map((one) => release(one));
    const { patches, minor, leftBehind } = newerThan('4.7.6', all, NOW);
    expect(patches.map(({ version }) => version)).toEqual(['4.7.10', '4.7.9']);
    expect(minor?.version).toBe('4.8.1');
    expect(leftBehind).toBeUndefined();
  });

  test('a minor version that got no release with a security fix of a later one is reported, from the next day on', () => {
    const all = [
      release('4.8.1', true, '2026-11-05T10:00:00Z'),
      release('4.7.6', false, '2026-10-01T00:00:00Z'),
    ];
    expect(newerThan('4.7.6', all, NOW).leftBehind?.version).toBe('4.8.1');
    expect(newerThan('4.7.6', all, new Date('2026-11-05T20:00:00Z')).leftBehind).toBeUndefined();
    const own = [...all, release('4.7.7', true, '2026-11-05T09:00:00Z')];
    expect(newerThan('4.7.6', own, NOW).leftBehind).toBeUndefined();
  });
});

const FILE = `# Ours.
config:
  mastodon-on-civo:domain: toot.example # never changes
  mastodon-on-civo:smtp: { password: { secure: "v1:AAAA:BBBB" } }
  mastodon-on-civo:mastodon:
    # Look the digests up.
    version: 4.7.6   # the newest
    webDigest: '${digest('a')}'
    streamingDigest: "${digest('b')}"
    tasks:
      - tootctl version
`;

describe('the file of the settings', () => {
  const file = () => join(folder, 'Pulumi.prod.yaml');
  const text = () => readFileSync(file(), 'utf8');

  test('version and digests change in their places, and no other character does', () => {
    const change = { version: '4.7.10', webDigest: digest('c'), streamingDigest: digest('d') };
    const after = changed('x', FILE, change);
    expect(after).toBe(
      FILE.replace('4.7.6 ', '4.7.10 ').replace(digest('a'), digest('c')).replace(digest('b'), digest('d')),
    );
    expect(parse(after)).toMatchObject({ config: { 'mastodon-on-civo:mastodon': change } });
  });

  test.each([
    ['no mastodon.version', FILE.replace('version: 4.7.6', 'version: 4.7')],
    ['no mastodon.webDigest, mastodon.streamingDigest', FILE.replace(/sha256:\w+/g, 'sha256:look-it-up')],
    ['is no YAML', `${FILE}  - x: [`],
  ])('one that has %s that can be compared is refused', (said, content) => {
    writeFileSync(file(), content);
    expect(() => pinnedIn(file())).toThrow(said);
  });

  test('one that is missing is named, and the examples of the program are compared with nothing', () => {
    expect(() => pinnedIn(file())).toThrow('name the stack with --stack');
    expect(pinnedIn(join(__dirname, '../../Pulumi.prod.yaml'))).toBeUndefined();
  });

  test('the newest patch release is written with its digests, and a second run finds nothing', async () => {
    writeFileSync(file(), FILE);
    github.releases = [published('4.8.0'), published('4.7.7'), published('4.7.8', FIXES), published('4.7.6')];
    const said = jest.spyOn(console, 'log').mockReturnValue();
    process.chdir(folder);
    try {
      const outside = asks({ 'v4.7.8': 'c' });
      await releases('prod', { json: false, write: false }, outside);
      expect([process.exitCode, text()]).toEqual([1, FILE]);
      process.exitCode = undefined;
      await releases('prod', { json: true, write: true, file: 'body.md' }, outside);
      expect(process.exitCode).toBeUndefined();
      expect(JSON.parse(String(said.mock.calls.at(-1)?.[0]))).toMatchObject({
        security: true,
        newest: '4.7.8',
        title: 'Security: Mastodon 4.7.8',
      });
      expect(pinnedIn(file())).toMatchObject({
        version: '4.7.8',
        webDigest: await outside.digestOf('x', 'v4.7.8'),
      });
      const once = text();
      await releases('prod', { json: false, write: true }, outside);
      expect(text()).toBe(once);
      expect(readFileSync('body.md', 'utf8')).toContain('It fixes security problems');
    } finally {
      process.chdir(join(__dirname, '../..'));
    }
  });
});

describe('a report', () => {
  test('images that were built again are written, with the same version', async () => {
    github.releases = [published('4.7.6')];
    const report = await compared('prod', PINNED, asks({ 'v4.7.6': 'c' }));
    expect(Object.keys(report.change)).toEqual(['webDigest', 'streamingDigest']);
    expect(titleOf(report)).toBe('Rebuilt images of Mastodon 4.7.6');
    expect(pullRequest(report)).toContain('were built again');
    expect(told(report)).toContain('were built again');
  });

  test('a release whose images are not there yet is reported, and nothing is written', async () => {
    github.releases = [published('4.7.7', FIXES)];
    const report = await compared('prod', PINNED, asks());
    expect(report.change).toEqual({});
    expect(told(report)).toContain('v4.7.7 answers 404');
    expect(titleOf(report)).toBe('Security: Mastodon 4.7.7');
  });

  test('notes that others wrote are quoted: no markup, no mention, no control character', async () => {
    const evil =
      'hi @everyone </details><script>\n````\n# big\n\u001B[2J\u202Eevil\r\n[x](javascript:1) $(id) `id`';
    github.releases = [published('4.7.7', evil)];
    const report = await compared('prod', PINNED, asks({ 'v4.7.7': 'c' }));
    const text = pullRequest(report);
    const [, quotation = ''] = /\n`{5}\n([^]*?)\n`{5}\n/.exec(text) ?? [];
    expect(quotation).toContain('@everyone');
    expect(text.replace(quotation, '')).not.toMatch(/everyone|script|javascript|big/);
    for (const shown of [text, told(report), titleOf(report)])
      expect(shown).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F\u202E]/);
  });

  test('notes of any length fit into a pull request', async () => {
    github.releases = ['4.7.7', '4.7.8', '4.7.9'].map((one) => published(one, '𝕏`'.repeat(40_000)));
    const text = pullRequest(await compared('prod', PINNED, asks({ 'v4.7.9': 'c' })));
    expect(text.length).toBeLessThan(40_000);
    expect(text).toContain('more characters');
    expect(Buffer.from(text, 'utf8').toString('utf8')).toBe(text);
  });

  test('text is shortened between characters, and quoted without what a terminal obeys', () => {
    expect(shortened('a𝕏b', 2)).toBe('a\n… and 2 more characters');
    expect(quoted('a\u0007\u2066b\r\n\tc')).toBe('a\u{FFFD}\u{FFFD}b\n\tc');
  });
});
