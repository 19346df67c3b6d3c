/**
 * Mastodon's two images for the local registry: the official ones where their registry can be reached, else the
 * stand-in built here from Debian's packages.
 */
import type { Report } from '../toolchain';
import type { MastodonImage } from './oci';
import { fetchOfficial } from './official';
import { chooseImages, type ImageKind } from './source';
import { buildStandIn, type ImageFile } from './stand-in';

/** What web, sidekiq, rails and tootctl run in, and what streaming runs in. */
export interface MastodonImages {
  kind: ImageKind;
  version: string;
  web: MastodonImage;
  streaming: MastodonImage;
}

/** The release of Mastodon that the project is written against. */
export const MASTODON_VERSION = '4.6.5';

/**
 * Makes both images, or finds them made: the first time takes about a minute, later ones some milliseconds.
 * @param version release to fetch, or to stand in for
 * @param patch files of a stand-in that is another than usual: a broken one, say
 * @throws Error in the user's words, where root or a package is missing
 */
export async function ensureImages(
  report: Report = () => undefined,
  version = MASTODON_VERSION,
  patch: readonly ImageFile[] = [],
): Promise<MastodonImages> {
  const kind = patch.length > 0 ? 'stand-in' : await chooseImages();
  const images =
    kind === 'official' ? await fetchOfficial(version, report) : await buildStandIn(version, report, patch);
  return { kind, version, ...images };
}
