/** The stand-in images: a layer of Debian packages that both share, and each its own program above. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { type Report, reported } from '../toolchain';
import { cachedFolder, recipeHash } from '../toolchain/cache';
import type { MastodonImage } from './oci';
import { ensureDebianLayer } from './debian-root';
import { readDigest, writeImage, writeLayer, type ImageConfig, type Layer } from './oci';
import { HOME, streamingConfig, UID, webConfig } from './recipe';

/** What later releases add, by version: a folder for each program. */
const RELEASES = join(__dirname, 'releases');

/** A file as it is in the image. */
export interface ImageFile {
  /** Path from the image's root, without a leading slash. */
  path: string;
  content: Buffer;
  executable: boolean;
}

/** Builds both images, or finds them built. */
export async function buildStandIn(
  version: string,
  report: Report,
  patch: readonly ImageFile[] = [],
): Promise<{ web: MastodonImage; streaming: MastodonImage }> {
  return reported(report, `Mastodon ${version}, stand-in images (web, streaming)`, async () => {
    const debian = await ensureDebianLayer();
    const web = patched([...programFiles('web', version), ...bootsnapCache()], patch);
    const streaming = programFiles('streaming', version);
    return {
      web: await ensureImage('web', web, version, debian, webConfig),
      streaming: await ensureImage('streaming', streaming, version, debian, streamingConfig),
    };
  });
}

/**
 * The files of a program: the folder of its name beside this file, what the releases up to `version` add to it, and the
 * version that it stands in for.
 */
export function programFiles(program: 'web' | 'streaming', version: string): ImageFile[] {
  const root = HOME.slice(1);
  const target = program === 'web' ? root : join(root, program);
  const filesOf = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort()
      .map((name) => ({
        path: join(target, name),
        content: readFileSync(join(folder, name)),
        executable: program === 'web' && name.startsWith('bin/'),
      }));
  const releases = readdirSync(RELEASES)
    .filter((release) => release.localeCompare(version, 'en', { numeric: true }) <= 0)
    .map((release) => join(RELEASES, release, program))
    .filter((folder) => existsSync(folder));
  return [
    ...filesOf(join(__dirname, program)),
    ...releases.flatMap(filesOf),
    { path: join(target, 'VERSION'), content: Buffer.from(`${version}\n`), executable: false },
  ];
}

/** What Bootsnap made when the image was built: 96 MB in Mastodon's, so that no start may copy it. Here it is small. */
export function bootsnapCache(): ImageFile[] {
  return Array.from({ length: 1000 }, (_, index) => ({
    path: `${HOME.slice(1)}/tmp/cache/bootsnap/compile-cache-iseq/${String(index)}`,
    content: Buffer.alloc(4096, index),
    executable: false,
  }));
}

/** Each path once: a patch takes the place of the file that it is for. */
function patched(files: readonly ImageFile[], patch: readonly ImageFile[]): readonly ImageFile[] {
  return [...new Map([...files, ...patch].map((file) => [file.path, file])).values()];
}

async function ensureImage(
  program: 'web' | 'streaming',
  files: readonly ImageFile[],
  version: string,
  debian: Layer,
  config: ImageConfig,
): Promise<MastodonImage> {
  const tar = await archive(files);
  const hash = recipeHash(debian.digest, JSON.stringify(config), tar);
  const folder = await cachedFolder(`stand-in-${program}-${version}-${hash}`, async (unfinished) => {
    const layout = join(unfinished, 'layout');
    mkdirSync(layout);
    const file = join(unfinished, 'program.tar.gz');
    const layer = await writeLayer(Readable.from([tar]), file);
    writeImage(layout, version, [debian, layer], config);
    rmSync(file);
  });
  const layout = join(folder, 'layout');
  return { layout, digest: readDigest(layout) };
}

/** Owned by root and without times, so that only content decides the digest. */
function archive(files: readonly ImageFile[]): Promise<Buffer> {
  const tar = pack();
  // The layer below comes without device nodes, and so without the folder; container engines mount it.
  tar.entry({ name: 'dev/', type: 'directory', mode: 0o755, mtime: new Date(0) });
  // As the layer below has it: a folder that only its files imply would be root's.
  tar.entry({
    name: `${HOME.slice(1)}/tmp/`,
    type: 'directory',
    mode: 0o755,
    uid: UID,
    gid: UID,
    mtime: new Date(0),
  });
  for (const { path, content, executable } of files) {
    tar.entry({ name: path, mode: executable ? 0o755 : 0o644, mtime: new Date(0) }, content);
  }
  tar.finalize();
  return buffer(Readable.from(tar));
}
