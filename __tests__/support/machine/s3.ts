import { S3Client } from '@aws-sdk/client-s3';
import type { LocalServer } from './local-server';
import type { Outputs } from './outputs';

/** A client of the cloud's object store, with one of the stack's credentials. */
export async function s3(server: LocalServer, kind: keyof Outputs['recovery']): Promise<S3Client> {
  const { buckets, recovery } = await server.outputs();
  const { accessKeyId, secretAccessKey } = recovery[kind];
  return new S3Client({
    endpoint: `https://${server.cloud.addresses.objectStore}`,
    region: 'LON1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: { httpsAgent: { ca: server.authority, servername: buckets[kind].endpoint } },
  });
}
