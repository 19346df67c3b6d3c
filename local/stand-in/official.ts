import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureHostPackages } from '../host-packages';
import { type Report, reported } from '../toolchain';
import { cachedFolder } from '../toolchain/cache';
import type { MastodonImage } from './oci';
import { readDigest } from './oci';
import { OFFICIAL_REGISTRY } from './source';

/**
 * Copies the official images of a release into the cache, unchanged, so that their digests are the published ones
 * of this machine's architecture.
 *
 * It can't be tried on a closed network, where this project is developed: there the stand-in is the tested one.
 */
export async function fetchOfficial(
  version: string,
  report: Report,
): Promise<{ web: MastodonImage; streaming: MastodonImage }> {
  await ensureHostPackages(['skopeo']);
  return {
    web: await fetchImage('mastodon', version, report),
    streaming: await fetchImage('mastodon-streaming', version, report),
  };
}

async function fetchImage(name: string, version: string, report: Report): Promise<MastodonImage> {
  const copy = async (unfinished: string) => {
    const source = `docker://${OFFICIAL_REGISTRY}/mastodon/${name}:v${version}`;
    const target = `oci:${join(unfinished, 'layout')}:v${version}`;
    await promisify(execFile)('skopeo', ['copy', '--preserve-digests', source, target]);
  };
  const folder = await reported(report, `Mastodon ${version}, official image ${name}`, () =>
    cachedFolder(`official-${name}-${version}`, copy),
  );
  const layout = join(folder, 'layout');
  return { layout, digest: readDigest(layout) };
}
