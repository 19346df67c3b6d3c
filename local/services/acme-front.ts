import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import { json, text } from 'node:stream/consumers';

import type { ServerCertificate } from './authority';
import type { CanFail } from './faults';
import type { Endpoint, Service } from './program';

export interface AcmeFrontOptions {
  /** Where clients find the ACME server. */
  listen: Endpoint;
  /** Where it really is. */
  server: Endpoint;
  tls: ServerCertificate;
  /** What it shows when it is to show an expired certificate. */
  expired: ServerCertificate;
  /** The authority's certificate, in PEM: the server's is checked. */
  ca: Buffer;
  /** Its root, signed by the authority that machines trust as a public one: it is put behind each certificate. Default: nothing. */
  crossSigned?: () => string;
}

/** As Let's Encrypt says it. */
const RATE_LIMITED = {
  type: 'urn:ietf:params:acme:error:rateLimited',
  detail: 'too many new orders recently: retry later',
  status: 429,
};

/** Pebble's path for new orders. */
const NEW_ORDER = '/order-plz';
const DIRECTORY = '/dir';
/** The type of a certificate with what leads to its root (RFC 8555, 9.1). */
const CHAIN = 'application/pem-certificate-chain';
/** By which CAA records know this authority. Pebble doesn't tell any; Let's Encrypt's is `letsencrypt.org`. */
const IDENTITY = 'acme.civo.test';

/** What stands before the ACME server, as a content network stands before a real one; here faults on demand come in. */
export async function startAcmeFront(options: AcmeFrontOptions): Promise<Service & CanFail<'acme'>> {
  const { listen, server, ca } = options;
  let limited = false;
  const front = createServer(keyPair(options.tls), (incoming, answer) => {
    if (limited && incoming.url?.startsWith(NEW_ORDER)) {
      answer.writeHead(429, { 'Content-Type': 'application/problem+json', 'Retry-After': '3600' });
      answer.end(JSON.stringify(RATE_LIMITED));
      return;
    }
    const { method, url: path, headers } = incoming;
    // The name that the client used stays: it is in the addresses that the server hands out, and in what is signed.
    const onward = { host: server.address, port: server.port, method, path, headers, ca };
    const inner = request(onward, (response) => {
      if (path === DIRECTORY) {
        void json(response).then((directory) => {
          const { meta, ...rest } = directory as { meta?: object };
          answer.writeHead(response.statusCode ?? 502, { 'Content-Type': 'application/json' });
          answer.end(JSON.stringify({ ...rest, meta: { ...meta, caaIdentities: [IDENTITY] } }));
        }, () => answer.destroy()); // prettier-ignore
        return;
      }
      if (response.headers['content-type']?.startsWith(CHAIN)) {
        void text(response).then((chain) => {
          const headers = { ...response.headers };
          delete headers['content-length'];
          answer.writeHead(response.statusCode ?? 502, headers);
          answer.end(`${chain.trimEnd()}\n${options.crossSigned?.() ?? ''}`);
        }, () => answer.destroy()); // prettier-ignore
        return;
      }
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.on('error', () => answer.destroy()).pipe(answer);
    });
    inner.on('error', () => answer.destroy());
    answer.on('error', () => inner.destroy());
    incoming.pipe(inner);
  });
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
    fail: async (fault) => {
      limited = fault?.fault === 'rate-limit';
      front.setSecureContext(keyPair(fault?.fault === 'expired' ? options.expired : options.tls));
      if (fault?.fault === 'outage') await close();
      else if (!front.listening) await open();
    },
    stop: close,
  };
}

const keyPair = ({ certificate, key }: ServerCertificate) => ({
  cert: readFileSync(certificate),
  key: readFileSync(key),
});
