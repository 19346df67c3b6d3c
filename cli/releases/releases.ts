/** Compares what a stack pins of Mastodon with what upstream has released, and writes the change where that is asked for. */
import { writeFileSync } from 'node:fs';
import { messageOf } from '../../lib/message-of';
import { digestOf } from '../init/registry';
import { newerThan, type Pinned, reaches } from './compare';
import { publishedReleases, RELEASES } from './github';
import { asJson, fixesSecurity, pullRequest, type Report, told } from './report';
import { type Change, pinnedIn, writePinned } from './settings-file';

export interface ReleasesOptions {
  readonly json: boolean;
  readonly write: boolean;
  /** Where the Markdown of a pull request is written. */
  readonly file?: string | undefined;
}

/** Whom the command asks. */
export interface Outside {
  readonly releases: string;
  readonly token: string | undefined;
  readonly digestOf: (image: string, tag: string) => Promise<string>;
  readonly now: Date;
}

/** Upstream builds its images from the tag, for two architectures. */
const BUILD_MS = 12 * 3_600_000;

const outside = (): Outside => ({
  releases: RELEASES,
  token: process.env.GITHUB_TOKEN?.trim() || undefined,
  digestOf,
  now: new Date(),
});

export async function releases(stack: string, options: ReleasesOptions, asks = outside()): Promise<void> {
  const file = `Pulumi.${stack}.yaml`;
  const pinned = pinnedIn(file);
  if (!pinned) {
    const said = `${file} still has the examples that came with the program: there is nothing to compare.`;
    console.log(options.json ? JSON.stringify({ stack, change: {}, missing: said }, null, 2) : said);
    return;
  }
  const report = await compared(stack, pinned, asks);
  console.log(options.json ? asJson(report) : told(report));
  if (options.file !== undefined) writeFileSync(options.file, pullRequest(report));
  if (options.write) writePinned(file, report.change);
  if (!options.write ? fixesSecurity(report) : isOverdue(report, asks.now)) process.exitCode = 1;
}

export async function compared(stack: string, pinned: Pinned, asks: Outside): Promise<Report> {
  const published = await publishedReleases({
    token: asks.token,
    url: asks.releases,
    enough: reaches(pinned.version),
  });
  const newer = newerThan(pinned.version, published, asks.now);
  const version = newer.patches[0]?.version ?? pinned.version;
  try {
    return { stack, pinned, ...newer, change: await changeTo(version, pinned, asks), missing: undefined };
  } catch (error) {
    const missing = `The images of ${version} can't be looked up (${messageOf(error)}): upstream builds them in the hours after the tag. Nothing can be written before.`;
    return { stack, pinned, ...newer, change: {}, missing };
  }
}

async function changeTo(version: string, pinned: Pinned, { digestOf: ask }: Outside): Promise<Change> {
  const found = {
    version,
    webDigest: await ask(pinned.webImage, `v${version}`),
    streamingDigest: await ask(pinned.streamingImage, `v${version}`),
  };
  for (const digest of [found.webDigest, found.streamingDigest])
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error('the registry answers with no digest');
  const others = Object.entries(found).filter(([key, value]) => pinned[key as keyof Change] !== value);
  return Object.fromEntries(others);
}

/** A newer release has had no images for long. */
const isOverdue = ({ patches, missing }: Report, now: Date) => {
  const [newest] = patches;
  return (
    missing !== undefined && newest !== undefined && now.getTime() - Date.parse(newest.published) > BUILD_MS
  );
};
