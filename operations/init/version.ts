import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { input } from '@inquirer/prompts';
import { parse } from 'yaml';
import type { Mastodon } from '../../settings/types';
import { bad, type Finding, ok, warning } from '../examinations';
import { type Answers, type Draft, open } from './draft';
import { digestOf } from './registry';

/** The version, and the digests of its images: asked of the registry, and only if that is silent of the person. */
export async function askVersion(draft: Draft): Promise<Answers> {
  const ask = (name: string, message: string, fallback?: string) =>
    input({
      message,
      default: fallback,
      validate: (text) => draft.problems([`mastodon.${name}`], { mastodon: { [name]: text } })[0] ?? true,
    });
  const version = await ask('version', "Mastodon's version", triedVersion());
  const digest = (name: string, image: string) =>
    digestOf(image, `v${version}`).catch(() =>
      ask(name, `Digest of ${image} (skopeo inspect docker://${image}:v${version})`),
    );
  const { webImage, streamingImage } = draft.judged.mastodon;
  const webDigest = await digest('webDigest', webImage);
  const streamingDigest = await digest('streamingDigest', streamingImage);
  return { mastodon: open({ version, webDigest, streamingDigest }) };
}

/** The one that the local stack runs. */
function triedVersion(): string {
  const { config } = parse(readFileSync(join(__dirname, '..', '..', 'Pulumi.local.yaml'), 'utf8')) as {
    config: { 'mastodon-on-civo:mastodon': { version: string } };
  };
  return config['mastodon-on-civo:mastodon'].version;
}

/** Whether the digests are of the images that the registry has for the version. */
export async function digestsFit(mastodon: Mastodon): Promise<Finding> {
  const { version, webImage, webDigest, streamingImage, streamingDigest } = mastodon;
  for (const [setting, image, digest] of [
    ['webDigest', webImage, webDigest],
    ['streamingDigest', streamingImage, streamingDigest],
  ] as const) {
    let found: string;
    try {
      found = await digestOf(image, `v${version}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
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
