/** Copies media between the stack's bucket and elsewhere, by rclone on this computer. */
import { NAMESPACE } from '../../settings/namespace';
import { OperationError, type Outputs, type PulumiCli } from '../lib/pulumi-cli';
import { rclone, remoteEnv } from '../lib/rclone';

/** A place that rclone knows: a folder, or a remote such as `old:mastodon/media`. */
export type Place = string | MediaBucket;

/** As Mastodon's own uploads have it (config/initializers/paperclip.rb). An access list they have none: the bucket's policy lets anyone read. */
const CACHE_CONTROL = 'Cache-Control: public, max-age=315576000, immutable';

const NOT_ALL = 'Not all media were copied: see above. The same command continues where it was.';

export class MediaBucket {
  private constructor(
    readonly name: string,
    /** Describes the remote `mastodon:` to rclone; process lists don't show it. */
    readonly env: Readonly<Record<string, string>>,
  ) {}

  /** @throws OperationError if the stack has no bucket yet */
  static async of(pulumi: PulumiCli, { buckets, recovery }: Outputs): Promise<MediaBucket> {
    const keys = recovery?.media as { accessKeyId?: string; secretAccessKey?: string } | undefined;
    if (!buckets || keys?.accessKeyId === undefined || keys.secretAccessKey === undefined) {
      throw new OperationError('This stack has no media bucket. Let "pulumi up" come to its end first.');
    }
    const region = (await pulumi.output(['config', 'get', `${NAMESPACE}region`])).trim();
    const { endpoint, name } = buckets.media;
    const { accessKeyId, secretAccessKey } = keys;
    return new MediaBucket(name, remoteEnv('mastodon', { endpoint, region, accessKeyId, secretAccessKey }));
  }
}

/**
 * Copies what isn't there yet, and compares names and sizes afterwards. Interrupted, it continues where it was.
 * @throws OperationError if something could not be copied
 */
export async function copyMedia(from: Place, to: Place): Promise<void> {
  const bucket = [from, to].find((place) => place instanceof MediaBucket);
  const [source, target] = [from, to].map((place) =>
    place instanceof MediaBucket ? `mastodon:${place.name}` : place,
  );
  const places = ['--', source ?? '', target ?? ''];
  const headers = to instanceof MediaBucket ? ['--header-upload', CACHE_CONTROL] : [];
  const options = ['--transfers', '16', '--checkers', '16', '--stats', '30s', '--stats-one-line'];
  const env = bucket?.env ?? {};
  await rclone(['copy', ...options, ...headers, ...places], env, NOT_ALL);
  await rclone(['check', '--one-way', '--size-only', ...places], env, NOT_ALL);
}
