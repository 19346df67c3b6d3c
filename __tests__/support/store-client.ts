/** A client of a local object store, with a key of it. */
import { readFileSync } from 'node:fs';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Endpoint } from '../../local/services/program';

export interface StoreAccess {
  readonly endpoint: Endpoint;
  /** The file of the authority that its certificate is trusted by. */
  readonly authority: string;
  readonly accessKey: string;
  readonly secret: string;
  /** Of each request, in milliseconds; by default it takes as long as it takes. */
  readonly timeout?: number;
}

/** Each request is sent once: what fails is seen. */
export function storeClient({ endpoint, authority, accessKey, secret, timeout }: StoreAccess): S3Client {
  const requestHandler: S3ClientConfig['requestHandler'] = {
    httpsAgent: { ca: readFileSync(authority) },
    ...(timeout !== undefined && { requestTimeout: timeout, throwOnRequestTimeout: true }),
  };
  return new S3Client({
    endpoint: `https://${endpoint.address}:${String(endpoint.port)}`,
    region: 'LON1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: accessKey, secretAccessKey: secret },
    requestHandler,
  });
}
