/**
 * Who may do what on the object store, as the file that versitygw's IAM service reads.
 *
 * Identity policies, not bucket ownership: versitygw's simpler account file takes the rights from a bucket's owner as
 * soon as the bucket has a policy that doesn't name them. On AWS and Ceph an owner keeps them, and the media bucket has
 * a policy that lets anyone read.
 */

/** What the object store knows: kept across restarts. */
export interface Access {
  /** Secret keys by access key. */
  secrets: Record<string, string>;
  /** Owners' access keys by bucket. */
  owners: Record<string, string>;
  /** What a key may do instead of everything on its own buckets, by access key. */
  policies?: Record<string, Policy>;
}

/** An identity policy, in S3's words. */
export interface Policy {
  Version: '2012-10-17';
  Statement: readonly object[];
}

/**
 * The service writes the time of a key's last use into this same file, at most once a minute. A last use in the far
 * future keeps it from writing, so that the file has one writer.
 */
const NEVER = '2999-01-01T00:00:00Z';
const CREATED = '2024-01-01T00:00:00Z';

/** `iam.json` of `versitygw iam --dir`: one user per credential, allowed everything on its own buckets. */
export function iamFile(access: Access, region: string) {
  const keys = Object.keys(access.secrets);
  return {
    users: Object.fromEntries(keys.map((accessKey) => [accessKey, user(access, accessKey, region)])),
    accessKeyIndex: Object.fromEntries(keys.map((accessKey) => [accessKey, accessKey])),
  };
}

function user({ secrets, owners, policies = {} }: Access, accessKey: string, region: string) {
  const buckets = Object.keys(owners).filter((bucket) => owners[bucket] === accessKey);
  const resources = buckets.flatMap((bucket) => [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]);
  const policy: Policy | undefined =
    policies[accessKey] ??
    (resources.length === 0
      ? undefined
      : { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: resources }] });
  const inline = {
    PolicyName: 'own-buckets',
    PolicyDocument: JSON.stringify(policy),
    CreateDate: CREATED,
    UpdateDate: CREATED,
  };
  return {
    Path: '/',
    UserName: accessKey,
    UserID: accessKey,
    Arn: `arn:aws:iam::000000000000:user/${accessKey}`,
    CreateDate: CREATED,
    AccessKeys: [
      {
        AccessKeyId: accessKey,
        SecretAccessKey: secrets[accessKey],
        Status: 'Active',
        CreateDate: CREATED,
        LastUsedDate: NEVER,
        LastUsedService: 's3',
        LastUsedRegion: region,
      },
    ],
    Policies: { inline: policy === undefined ? [] : [inline] },
  };
}
