import { messageOf } from '../../lib/message-of';
import type { Mastodon } from '../../settings/types';
import { bad, type Finding, ok, warning } from '../doctor/finding';
import { type Answers, type Draft, open } from './draft';
import { ask } from './prompts';
import { digestOf } from './registry';
import { newestRelease } from './release';

/** The version, and the digests of its images: asked of the registry, and only if that is silent of the person. */
export async function askVersion(draft: Draft): Promise<Answers> {
  const { webImage, streamingImage } = draft.judged.mastodon;
  const version = await ask(draft, 'mastodon.version', { fallback: await newestRelease(webImage) });
  const digest = (name: string, image: string) =>
    digestOf(image, `v${version}`).catch(() =>
      ask(draft, `mastodon.${name}`, { who: `skopeo inspect docker://${image}:v${version}` }),
    );
  const webDigest = await digest('webDigest', webImage);
  const streamingDigest = await digest('streamingDigest', streamingImage);
  return { mastodon: open({ version, webDigest, streamingDigest }) };
}

/** Whether the digests are of the images that the registry has for the version. */
export async function digestsFit(
  mastodon: Pick<Mastodon, 'version' | 'webImage' | 'webDigest' | 'streamingImage' | 'streamingDigest'>,
): Promise<Finding> {
  const { version, webImage, webDigest, streamingImage, streamingDigest } = mastodon;
  for (const [setting, image, digest] of [
    ['webDigest', webImage, webDigest],
    ['streamingDigest', streamingImage, streamingDigest],
  ] as const) {
    let found: string;
    try {
      found = await digestOf(image, `v${version}`);
    } catch (error) {
      const reason = messageOf(error);
      return warning(
        `the digests could not be compared (${reason})`,
        'They pin what is run: look them up elsewhere (skopeo inspect)',
      );
    }
    if (found !== digest) {
      return bad(
        `${image}:v${version} has the digest ${found}, and the setting mastodon.${setting} is another one`,
        `pulumi config set --path mastodon.${setting} ${found}`,
      );
    }
  }
  return ok(`version ${version}; the digests are those of the registry`);
}
