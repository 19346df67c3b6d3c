/** Each key of the object stores, stolen: what it reads, changes and deletes, as docs/threats.md says. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type Authority, openAuthority } from '../../local/services/authority';
import { startObjectStore } from '../../local/services/object-store';
import type { Policy } from '../../local/services/object-store-access';
import type { Endpoint } from '../../local/services/program';
import { ensureToolchain } from '../../local/toolchain';
import { freeEndpoint } from '../support/free-endpoint';
import { storeClient } from '../support/store-client';

const BUCKETS = ['media', 'backups', 'second'] as const;
type Bucket = (typeof BUCKETS)[number];

/** Where the owner of the second store keeps the key that can delete. */
const OWNER = 'OWNEROWNEROWNEROWNER';
const accessKey = (bucket: Bucket) => bucket.toUpperCase().repeat(5).slice(0, 20);
const secret = 's'.repeat(40);

let folder: string;
let authority: Authority;
let endpoint: Endpoint;
let store: Awaited<ReturnType<typeof startObjectStore>>;

/** The policy that the documents give for the key of the second store. */
function documentedPolicy(bucket: string): Policy {
  const page = readFileSync(join(__dirname, '../../docs/backups.md'), 'utf8');
  const [, json = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  return JSON.parse(json.replaceAll('NAME', bucket)) as Policy;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
  const { binaries } = await ensureToolchain();
  authority = await openAuthority(folder);
  endpoint = await freeEndpoint();
  store = await startObjectStore({
    binary: binaries.versitygw,
    folder: join(folder, 'store'),
    listen: endpoint,
    tls: await authority.issue('service', ['127.0.0.1']),
    region: 'LON1',
    logFolder: folder,
    log: () => undefined,
  });
  await store.putCredential(OWNER, secret);
  for (const bucket of BUCKETS) {
    await store.putCredential(accessKey(bucket), secret);
    await store.createBucket(bucket, bucket === 'second' ? OWNER : accessKey(bucket));
  }
  await store.putPolicy(accessKey('second'), documentedPolicy('second'));
}, 900_000);

afterAll(async () => {
  await store.stop();
  rmSync(folder, { recursive: true, force: true });
});

const client = (accessKey: string) =>
  storeClient({ endpoint, authority: authority.certificate, accessKey, secret });

const DEEDS = {
  list: (thief: S3Client, Bucket: string) => thief.send(new ListObjectsV2Command({ Bucket })),
  read: (thief: S3Client, Bucket: string) => thief.send(new GetObjectCommand({ Bucket, Key: 'there' })),
  add: (thief: S3Client, Bucket: string) =>
    thief.send(new PutObjectCommand({ Bucket, Key: 'new', Body: 'of the thief' })),
  overwrite: (thief: S3Client, Bucket: string) =>
    thief.send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'of the thief' })),
  publish: (thief: S3Client, Bucket: string) =>
    thief.send(new PutBucketPolicyCommand({ Bucket, Policy: everyoneReads(Bucket) })),
  delete: (thief: S3Client, Bucket: string) => thief.send(new DeleteObjectCommand({ Bucket, Key: 'there' })),
};
type Deed = keyof typeof DEEDS;

const everyoneReads = (bucket: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` },
    ],
  });

/** What a key can do in a bucket. */
async function possible(key: string, bucket: Bucket): Promise<Deed[]> {
  const owner = client(bucket === 'second' ? OWNER : accessKey(bucket));
  const done: Deed[] = [];
  for (const deed of Object.keys(DEEDS) as Deed[]) {
    // The bucket is as at the beginning.
    await owner.send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
    await owner.send(new PutObjectCommand({ Bucket: bucket, Key: 'there', Body: 'ours' }));
    try {
      await DEEDS[deed](client(key), bucket);
      done.push(deed);
    } catch (error) {
      expect(error).toMatchObject({ $metadata: { httpStatusCode: 403 } });
    }
  }
  await owner.send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
  return done;
}

const EVERYTHING: readonly Deed[] = ['list', 'read', 'add', 'overwrite', 'publish', 'delete'];

describe.each([
  { key: 'media', can: { media: EVERYTHING, backups: [], second: [] } },
  { key: 'backups', can: { media: [], backups: EVERYTHING, second: [] } },
  // What is overwritten stays as a version: the store's matter, tried by `bin/mastodon doctor`.
  { key: 'second', can: { media: [], backups: [], second: ['list', 'read', 'add', 'overwrite'] } },
] as const)('the key of $key', ({ key, can }) => {
  test.each(BUCKETS)('in the bucket %s', async (bucket) => {
    expect(await possible(accessKey(key), bucket)).toEqual(can[bucket]);
  });
});
