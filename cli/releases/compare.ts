/** What is newer than what a stack has. Nothing here asks anybody. */
import { minorOf } from '../../settings/mastodon-releases';
import type { Release } from './github';

/** What the settings of a stack say of Mastodon. */
export interface Pinned {
  readonly version: string;
  readonly webImage: string;
  readonly webDigest: string;
  readonly streamingImage: string;
  readonly streamingDigest: string;
}

export interface Newer {
  /** Of the same minor version, the newest first. */
  readonly patches: readonly Release[];
  /** The newest of later minor versions. */
  readonly minor: Release | undefined;
  /** A security release of a later minor version that this one got none with: it is not affected, or no longer supported. */
  readonly leftBehind: Release | undefined;
}

/** As numbers: 4.7.10 comes after 4.7.9. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [numbers(one), numbers(other)];
  const at = left.findIndex((number, i) => number !== right[i]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

const numbers = (version: string) => version.split('.').map(Number);

/** Upstream publishes for all minor versions on one day. */
const SAME_DAY_MS = 86_400_000;

export function newerThan(version: string, published: readonly Release[], now: Date): Newer {
  const newestFirst = [...published].sort((one, other) => compareVersions(other.version, one.version));
  const newer = newestFirst.filter((one) => compareVersions(one.version, version) > 0);
  const isOwn = (one: Release) => minorOf(one.version) === minorOf(version);
  const later = newer.filter((one) => !isOwn(one));
  const time = ({ published: at }: Release) => Date.parse(at);
  const latestOwn = Math.max(0, ...published.filter(isOwn).map(time));
  const leftBehind = later.find(
    (one) => one.security && time(one) > latestOwn + SAME_DAY_MS && time(one) + SAME_DAY_MS <= now.getTime(),
  );
  return { patches: newer.filter(isOwn), minor: later[0], leftBehind };
}

/** Whether a page of releases reaches back to what runs. */
export const reaches =
  (version: string) =>
  (found: readonly Release[]): boolean =>
    found.some(
      (one) => minorOf(one.version) === minorOf(version) && compareVersions(one.version, version) <= 0,
    );
