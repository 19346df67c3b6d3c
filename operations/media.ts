/** Copies media between the stack's bucket and elsewhere, by rclone on this computer. */
import { spawn } from 'node:child_process';
import { OperationError, type Outputs, type PulumiCli } from './pulumi';

/** A place that rclone knows: a folder, or a remote such as `old:mastodon/media`. */
export type Place = string | MediaBucket;

/** As Mastodon's own uploads have it (config/initializers/paperclip.rb). An access list they have none: the bucket's policy lets anyone read. */
const CACHE_CONTROL = 'Cache-Control: public, max-age=315576000, immutable';

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
    const region = (await pulumi.output(['config', 'get', 'mastodon-on-civo:region'])).trim();
    const remote = {
      TYPE: 's3',
      PROVIDER: 'Other',
      ENDPOINT: `https://${buckets.media.endpoint}`,
      REGION: region,
      ACCESS_KEY_ID: keys.accessKeyId,
      SECRET_ACCESS_KEY: keys.secretAccessKey,
      NO_CHECK_BUCKET: 'true',
    };
    const env = Object.entries(remote).map(
      ([name, value]) => [`RCLONE_CONFIG_MASTODON_${name}`, value] as const,
    );
    return new MediaBucket(buckets.media.name, Object.fromEntries(env));
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
  await rclone(
    [
      ...['copy', '--transfers', '16', '--checkers', '16', '--stats', '30s', '--stats-one-line'],
      ...headers,
      ...places,
    ],
    bucket,
  );
  await rclone(['check', '--one-way', '--size-only', ...places], bucket);
}

function rclone(args: readonly string[], bucket?: MediaBucket): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('rclone', args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      // rclone refuses AWS_CA_BUNDLE; it has RCLONE_CA_CERT.
      env: { ...process.env, AWS_CA_BUNDLE: undefined, ...bucket?.env },
    });
    child.on('error', () => {
      reject(
        new OperationError('There is no rclone on the PATH: apt-get install rclone, or brew install rclone.'),
      );
    });
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new OperationError('Not all media were copied: see above. The same command goes on where it was.'),
        );
    });
  });
}
