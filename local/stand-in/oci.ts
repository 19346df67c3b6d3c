/** Images in the OCI image layout, written directly: layers, a configuration, a manifest and an index. */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  linkSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** One image, as a folder in OCI image layout with a single manifest. */
export interface MastodonImage {
  /** The folder: `skopeo copy oci:<layout> …` takes it as it is. */
  layout: string;
  /** The manifest's digest, `sha256:…`: what the settings pin. */
  digest: string;
}

/** A compressed layer in a file. */
export interface Layer {
  file: string;
  /** Of the file: what the manifest names. */
  digest: string;
  /** Of the tar archive in it: what the configuration names. */
  diffId: string;
  size: number;
}

/** What a container of the image starts with, in the field names of the OCI image configuration. */
export interface ImageConfig {
  User: string;
  WorkingDir: string;
  Env: string[];
  Entrypoint?: string[];
  Cmd?: string[];
  ExposedPorts: Record<string, object>;
  Labels: Record<string, string>;
}

const TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

/** Node's names of architectures, in OCI's. */
const ARCHITECTURES: Partial<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Compresses a tar archive into `file`. */
export async function writeLayer(tar: Readable, file: string): Promise<Layer> {
  const content = meter();
  const compressed = meter();
  await pipeline(tar, content.stream, createGzip(), compressed.stream, createWriteStream(file));
  return { file, digest: compressed.digest(), diffId: content.digest(), size: compressed.size() };
}

/** Reads the description of a layer that `storeLayer` wrote beside it. */
export function readLayer(folder: string): Layer {
  const layer = JSON.parse(readFileSync(join(folder, 'layer.json'), 'utf8')) as Omit<Layer, 'file'>;
  return { ...layer, file: join(folder, 'layer.tar.gz') };
}

/** Compresses a tar file into a folder that `readLayer` reads. */
export async function storeLayer(tarFile: string, folder: string): Promise<void> {
  const { digest, diffId, size } = await writeLayer(createReadStream(tarFile), join(folder, 'layer.tar.gz'));
  writeFileSync(join(folder, 'layer.json'), JSON.stringify({ digest, diffId, size }));
}

/**
 * Writes an image of these layers into the folder `layout`, and returns its digest. The layers' files are linked,
 * not copied. Equal layers and configuration give an equal digest.
 */
export function writeImage(layout: string, tag: string, layers: Layer[], config: ImageConfig): string {
  const blobs = join(layout, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const add = (mediaType: string, content: object) => {
    const bytes = Buffer.from(JSON.stringify(content));
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  for (const layer of layers) linkSync(layer.file, join(blobs, layer.digest.replace('sha256:', '')));

  const manifest = add(TYPES.manifest, {
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config: add(TYPES.config, {
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
      history: layers.map(() => ({ created_by: 'mastodon stand-in' })),
    }),
    layers: layers.map(({ digest, size }) => ({ mediaType: TYPES.layer, digest, size })),
  });
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const index = { schemaVersion: 2, mediaType: TYPES.index, manifests: [{ ...manifest, annotations }] };
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index));
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return manifest.digest;
}

/** The digest of the only image in a layout. */
export function readDigest(layout: string): string {
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as {
    manifests: { digest: string }[];
  };
  const [manifest, ...others] = index.manifests;
  if (!manifest || others.length > 0) {
    throw new Error(`${layout}: ${String(index.manifests.length)} images, expected one`);
  }
  return manifest.digest;
}

/** Passes bytes on, and knows afterwards how many and which. */
function meter() {
  const hash = createHash('sha256');
  let size = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  let digest: string | undefined;
  return { stream, size: () => size, digest: () => (digest ??= `sha256:${hash.digest('hex')}`) };
}
