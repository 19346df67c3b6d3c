/** rclone on this computer. */
import { OperationError } from './pulumi-cli';
import { spawned } from './spawned';

const NO_RCLONE = 'There is no rclone on the PATH: apt-get install rclone, or brew install rclone.';

/** What opens a bucket. */
export interface S3Bucket {
  /** Host name, without a scheme. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Describes a remote to rclone, in its environment: process lists don't show it. */
export function remoteEnv(name: string, bucket: S3Bucket): Record<string, string> {
  const fields = {
    TYPE: 's3',
    PROVIDER: 'Other',
    ENDPOINT: `https://${bucket.endpoint}`,
    REGION: bucket.region,
    ACCESS_KEY_ID: bucket.accessKeyId,
    SECRET_ACCESS_KEY: bucket.secretAccessKey,
    NO_CHECK_BUCKET: 'true',
  };
  const named = Object.entries(fields).map(([field, value]) => [
    `RCLONE_CONFIG_${name.toUpperCase()}_${field}`,
    value,
  ]);
  return Object.fromEntries(named) as Record<string, string>;
}

/** @throws OperationError with `failure` if rclone says that it failed */
export async function rclone(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  failure: string,
): Promise<void> {
  const { code } = await spawned(
    'rclone',
    args,
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      // rclone refuses AWS_CA_BUNDLE; it has RCLONE_CA_CERT.
      env: { ...process.env, AWS_CA_BUNDLE: undefined, ...env },
    },
    new OperationError(NO_RCLONE),
  );
  if (code !== 0) throw new OperationError(failure);
}
