/** Asks a registry for an image's tags and digests, as https://github.com/opencontainers/distribution-spec describes. */

const PATIENCE_MS = 15_000;
/** Of a thousand tags each. */
const MOST_PAGES = 50;
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * The digest behind a tag.
 * @throws Error if the registry doesn't answer, or has no such image
 */
export async function digestOf(image: string, tag: string): Promise<string> {
  const { host, repository } = partsOf(image);
  const url = `https://${host}/v2/${repository}/manifests/${tag}`;
  let answer = await ask('HEAD', url);
  if (answer.status === 401) answer = await ask('HEAD', url, await token(answer, repository));
  const digest = answer.headers.get('docker-content-digest');
  if (answer.ok && digest !== null) return digest;
  throw new Error(`${url} answers ${String(answer.status)}`);
}

/**
 * The newest release of a minor version, such as `4.7.6` of `4.7`; what comes before a release, such as `v4.7.0-rc.1`, does not count.
 * @throws Error if the registry doesn't answer, has too many pages, or has no release of it
 */
export async function newestPatch(image: string, minor: string): Promise<string> {
  const release = new RegExp(`^v${minor.replaceAll('.', '\\.')}\\.(\\d+)$`);
  let newest = -1;
  for await (const tag of tagsOf(image)) newest = Math.max(newest, Number(release.exec(tag)?.[1] ?? -1));
  if (newest >= 0) return `${minor}.${String(newest)}`;
  throw new Error(`${image} has no release of ${minor}`);
}

/** Page by page: a registry says in the header Link where the next one is. */
async function* tagsOf(image: string): AsyncGenerator<string> {
  const { host, repository } = partsOf(image);
  let url = new URL(`https://${host}/v2/${repository}/tags/list?n=1000`);
  let bearer: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    let answer = await ask('GET', url.href, bearer);
    if (answer.status === 401) {
      bearer = await token(answer, repository);
      answer = await ask('GET', url.href, bearer);
    }
    if (!answer.ok) throw new Error(`${url.href} answers ${String(answer.status)}`);
    const { tags } = (await answer.json()) as { tags?: string[] | null };
    yield* tags ?? [];
    const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(answer.headers.get('link') ?? '')?.[1];
    if (next === undefined) return;
    const { host: nextHost } = new URL(next, url);
    // The token is for this registry alone.
    if (nextHost !== url.host) throw new Error(`${url.href} leads to ${nextHost} for its next page`);
    url = new URL(next, url);
  }
  throw new Error(`https://${host}/v2/${repository}/tags/list has more than ${String(MOST_PAGES)} pages`);
}

function partsOf(image: string): { host: string; repository: string } {
  const [host = '', ...path] = image.split('/');
  return { host, repository: path.join('/') };
}

const ask = (method: 'GET' | 'HEAD', url: string, bearer?: string) =>
  fetch(url, {
    method,
    headers: {
      Accept: method === 'HEAD' ? MANIFESTS : 'application/json',
      ...(bearer && { Authorization: `Bearer ${bearer}` }),
    },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });

/** Public images need a token, too, which everybody gets. */
async function token(refusal: Response, repository: string): Promise<string> {
  const challenge = refusal.headers.get('www-authenticate') ?? '';
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? '';
  const query = new URLSearchParams({ service: field('service'), scope: `repository:${repository}:pull` });
  const answer = await fetch(`${field('realm')}?${query.toString()}`, {
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const { token: bearer = '' } = (await answer.json()) as { token?: string };
  return bearer;
}
