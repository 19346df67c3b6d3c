/** Looks an image's digest up, as https://github.com/opencontainers/distribution-spec tells. */

const PATIENCE_MS = 15_000;
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
  const [host = '', ...path] = image.split('/');
  const repository = path.join('/');
  const url = `https://${host}/v2/${repository}/manifests/${tag}`;
  let answer = await head(url);
  if (answer.status === 401) answer = await head(url, await token(answer, repository));
  const digest = answer.headers.get('docker-content-digest');
  if (answer.ok && digest !== null) return digest;
  throw new Error(`${url} answers ${String(answer.status)}`);
}

const head = (url: string, bearer?: string) =>
  fetch(url, {
    method: 'HEAD',
    headers: { Accept: MANIFESTS, ...(bearer && { Authorization: `Bearer ${bearer}` }) },
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
