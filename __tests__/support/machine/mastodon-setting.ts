import type { MastodonImages } from '../../../local/stand-in/build';

/** The setting `mastodon` for these images. */
export const mastodonOf = ({ version, web, streaming }: MastodonImages) => ({
  version,
  webImage: 'registry.civo.test/mastodon',
  webDigest: web.digest,
  streamingImage: 'registry.civo.test/mastodon-streaming',
  streamingDigest: streaming.digest,
});
