import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';

import type { ServerCertificate } from './authority';
import type { Endpoint, Service } from './program';

export interface RegistryOptions {
  listen: Endpoint;
  tls: ServerCertificate;
  /** Folders in OCI image layout by repository name, such as `mastodon`. */
  repositories: Record<string, string>;
  /** Where more of them may come while it runs: a folder for each repository, with layouts in it. */
  more?: string;
}

/** The layouts of a repository. */
type Layouts = (name: string) => readonly string[];

/** The content of `index.json` in an OCI image layout, as far as it matters here. */
interface ImageIndex {
  manifests: { digest: string; annotations?: Record<string, string> }[];
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const TAG = 'org.opencontainers.image.ref.name';
/** On a page. A registry may give fewer than it was asked for: few here, so that who asks has to turn pages. */
const MOST_TAGS = 3;

/**
 * Starts a registry that gives out images straight from OCI layouts: the pull half of the OCI distribution
 * specification, nothing else. So nothing is copied, and no machine can change an image.
 */
export async function startRegistry({ listen, tls, repositories, more }: RegistryOptions): Promise<Service> {
  const layoutsOf: Layouts = (name) => [...layoutAt(repositories[name]), ...layoutsIn(more, name)];
  const [cert, key] = await Promise.all([readFile(tls.certificate), readFile(tls.key)]);
  const server = createServer({ cert, key }, (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuse(response, 405, 'UNSUPPORTED', 'this registry is read-only');
      return;
    }
    give(request.url ?? '', layoutsOf, response, request.method === 'HEAD').catch((error: unknown) => {
      refuse(response, 500, 'UNKNOWN', error instanceof Error ? error.message : String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(listen.port, listen.address, resolve);
  });
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function give(
  url: string,
  layoutsOf: Layouts,
  response: ServerResponse,
  headOnly: boolean,
): Promise<void> {
  const { pathname, searchParams } = new URL(url, 'https://registry');
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  if (pathname === '/v2/') {
    response.setHeader('Content-Type', 'application/json').end('{}');
    return;
  }
  const [, listed = ''] = /^\/v2\/(.+)\/tags\/list$/.exec(pathname) ?? [];
  if (listed !== '' && layoutsOf(listed).length > 0) {
    listTags(listed, await tagsIn(layoutsOf(listed)), searchParams, response);
    return;
  }
  const [, name = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(pathname) ?? [];
  const layouts = layoutsOf(name);
  if (layouts.length === 0) {
    refuse(response, 404, 'NAME_UNKNOWN', `there is no repository ${name}`);
    return;
  }
  const digest = kind === 'manifests' ? await digestOf(layouts, reference) : reference;
  const file = digest && blobFile(layouts, digest);
  if (!file) {
    refuse(
      response,
      404,
      kind === 'manifests' ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN',
      `no ${reference} in ${name}`,
    );
    return;
  }
  response.writeHead(200, {
    'Content-Type': kind === 'manifests' ? await mediaType(file) : 'application/octet-stream',
    'Content-Length': statSync(file).size,
    'Docker-Content-Digest': digest,
  });
  if (headOnly) response.end();
  else
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
}

async function tagsIn(layouts: readonly string[]): Promise<string[]> {
  const tags: string[] = [];
  for (const layout of layouts) {
    const { manifests } = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as ImageIndex;
    tags.push(...manifests.flatMap(({ annotations }) => annotations?.[TAG] ?? []));
  }
  return [...new Set(tags)].sort();
}

/** A page of tags, at most `n` behind `last`, and in the header Link the way to the next one. */
function listTags(
  name: string,
  all: readonly string[],
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const rest = all.filter((tag) => tag > (query.get('last') ?? ''));
  const tags = rest.slice(0, Math.min(Number(query.get('n') ?? MOST_TAGS), MOST_TAGS));
  if (tags.length < rest.length) {
    const next = new URLSearchParams({ n: query.get('n') ?? '', last: tags.at(-1) ?? '' });
    response.setHeader('Link', `</v2/${name}/tags/list?${next.toString()}>; rel="next"`);
  }
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ name, tags }));
}

/** The digest behind a tag; a digest stays what it is. */
async function digestOf(layouts: readonly string[], reference: string): Promise<string | undefined> {
  if (reference.includes(':')) return reference;
  for (const layout of layouts) {
    const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as ImageIndex;
    const found = index.manifests.find(({ annotations }) => annotations?.[TAG] === reference);
    if (found) return found.digest;
  }
  return undefined;
}

function blobFile(layouts: readonly string[], digest: string): string | undefined {
  const [, hash] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  if (hash === undefined) return undefined;
  return layouts.map((layout) => join(layout, 'blobs', 'sha256', hash)).find((file) => existsSync(file));
}

const layoutAt = (layout: string | undefined) => (layout === undefined ? [] : [layout]);

function layoutsIn(more: string | undefined, name: string): string[] {
  const folder = more && join(more, name);
  if (!folder || name.includes('..') || !existsSync(folder)) return [];
  return readdirSync(folder).map((layout) => join(folder, layout));
}

async function mediaType(manifest: string): Promise<string> {
  return (JSON.parse(await readFile(manifest, 'utf8')) as { mediaType?: string }).mediaType ?? MANIFEST_TYPE;
}

/** An error in the shape that clients of the specification print. */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
