import { readFileSync } from 'node:fs';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';

import type { ServerCertificate } from './authority';
import type { ServiceFault } from './faults';
import type { Endpoint, Service } from './program';

export interface ObjectStoreFrontOptions {
  /** Where clients find the object store. */
  listen: Endpoint;
  /** The socket where it really is. */
  server: string;
  tls: ServerCertificate;
}

/**
 * In bytes. A smaller body is read whole before the request is passed on, as nginx does it (proxy_request_buffering). versitygw answers
 * what it does not know (501) and closes before it has read the body; where the body was still on its way, the answer was lost: of
 * 150 lifecycle rules of an S3 client that sends headers and body apart, three to six.
 */
const SMALL_BODY = 65_536;

type Fault = Extract<ServiceFault, { service: 'object-store' }>;

export interface ObjectStoreFront extends Service {
  /** What it does to each request from now on; `undefined`: it is as Civo's store is. */
  fail(fault: Fault | undefined): Promise<void>;
}

interface Refusal {
  status: number;
  code: string;
  message: string;
}

/**
 * What stands before the S3 server: it refuses what Civo's store is reported to refuse (rqlite's issue 2699, of uploads
 * with a checksum behind their body), and what stores of its kind refuse (a batch delete without Content-MD5, as S3
 * itself demanded it until 2024). Faults that are answers come in here, too.
 */
export async function startObjectStoreFront(options: ObjectStoreFrontOptions): Promise<ObjectStoreFront> {
  const { listen, server, tls } = options;
  let fault: Fault | undefined;
  const keyPair = { cert: readFileSync(tls.certificate), key: readFileSync(tls.key) };
  const front = createServer(keyPair, (incoming, answer) => {
    const refusal = refusalOf(incoming, fault);
    if (refusal) refuse(incoming, answer, refusal);
    else pass(incoming, answer, server);
  });
  // A large upload takes as long as it takes.
  front.requestTimeout = 0;
  const open = () =>
    new Promise<void>((resolve, reject) => {
      front.once('error', reject).listen(listen.port, listen.address, resolve);
    });
  const close = () =>
    new Promise<void>((resolve) => {
      front.close(() => {
        resolve();
      });
      front.closeAllConnections();
    });
  await open();
  return {
    fail: async (next) => {
      fault = next;
      if (fault?.fault === 'outage') await close();
      else if (!front.listening) await open();
    },
    stop: close,
  };
}

function refusalOf({ method, url = '/', headers }: IncomingMessage, fault?: Fault): Refusal | undefined {
  const { pathname, searchParams } = new URL(url, 'https://store');
  const [, bucket, ...key] = pathname.split('/');
  if (fault?.fault === 'slow-down') {
    return { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' };
  }
  const makes =
    (method === 'PUT' && key.join('/') !== '') || (method === 'POST' && searchParams.has('uploads'));
  if (fault?.fault === 'full' && makes && (fault.bucket ?? bucket) === bucket) {
    return { status: 403, code: 'QuotaExceeded', message: 'The quota of the bucket is used up.' };
  }
  if (fault?.fault === 'lenient') return undefined;
  if (headers['x-amz-content-sha256']?.toString().startsWith('STREAMING-')) {
    const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
    return { status: 400, code: 'XAmzContentSHA256Mismatch', message };
  }
  if (method === 'POST' && searchParams.has('delete') && headers['content-md5'] === undefined) {
    const message = 'Missing required header for this request: Content-MD5';
    return { status: 400, code: 'MissingContentMD5', message };
  }
  return undefined;
}

/** Answers when it has all of the request: some clients don't look for an answer before. */
function refuse(incoming: IncomingMessage, answer: ServerResponse, { status, code, message }: Refusal): void {
  incoming.resume().on('end', () => {
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
    answer.writeHead(status, {
      'Content-Type': 'application/xml',
      'Content-Length': Buffer.byteLength(body),
    });
    answer.end(body);
  });
}

/** As it is, the headers' names and order included: the signature covers them. */
function pass(incoming: IncomingMessage, answer: ServerResponse, socketPath: string): void {
  const { method, url: path, rawHeaders: headers } = incoming;
  const inner = request({ socketPath, method, path, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
    response.pipe(answer);
    response.on('error', () => answer.destroy());
  });
  inner.on('error', () => answer.destroy());
  answer.on('close', () => inner.destroy());
  const { 'content-length': length = '0', 'transfer-encoding': parts } = incoming.headers;
  if (parts !== undefined || Number(length) > SMALL_BODY) {
    incoming.pipe(inner);
    return;
  }
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => inner.end(Buffer.concat(chunks)));
}
