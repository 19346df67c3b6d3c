/** The services beside Civo's API fail on demand: seen by real clients, asked for over the control API. */
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import Fastify, { type FastifyInstance } from 'fastify';
import { answerErrors } from '../../local/civo/errors';
import { type ServiceEndpoints, type Services, startServices } from '../../local/services';
import { serviceFaultRoutes } from '../../local/services/faults';
import { ensureToolchain } from '../../local/toolchain';
import { freeEndpoint } from '../support/free-endpoint';
import { storeClient } from '../support/store-client';

let endpoints: ServiceEndpoints;
let stateFolder: string;
let services: Services;
let control: FastifyInstance;
let url: string;

beforeAll(async () => {
  stateFolder = mkdtempSync(join(tmpdir(), 'service-faults-'));
  const { binaries } = await ensureToolchain();
  endpoints = {
    dns: await freeEndpoint(),
    objectStore: await freeEndpoint(),
    acme: await freeEndpoint(),
    acmeInner: await freeEndpoint(),
    acmeManagement: await freeEndpoint(),
    registry: await freeEndpoint(),
    mail: await freeEndpoint(),
    mailCatcher: await freeEndpoint(),
    mailPage: await freeEndpoint(),
  };
  const log = () => undefined;
  services = await startServices({ endpoints, stateFolder, region: 'LON1', binaries, repositories: {}, log });
  await services.objectStores.putCredential('key', 'secret');
  await services.objectStores.createBucket('media', 'key');
  control = Fastify();
  answerErrors(control, log);
  serviceFaultRoutes(control, services.faults);
  url = await control.listen({ host: '127.0.0.1', port: 0 });
}, 900_000);

afterEach(() => services.faults.lift());

afterAll(async () => {
  await control.close();
  await services.stop();
  rmSync(stateFolder, { recursive: true });
});

const FAULTS = '/local/services/faults';

async function start(fault: object): Promise<{ status: number; body: { reason?: string } }> {
  const response = await fetch(url + FAULTS, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(fault),
  });
  return { status: response.status, body: (await response.json()) as { reason?: string } };
}

const lift = () => fetch(url + FAULTS, { method: 'DELETE' });
const ca = () => readFileSync(services.authority);

/** Uses the object store, each request once. */
async function use<T>(what: (client: S3Client) => Promise<T>): Promise<T> {
  const client = storeClient({
    ...{ endpoint: endpoints.objectStore, authority: services.authority },
    ...{ accessKey: 'key', secret: 'secret', timeout: 1_500 },
  });
  return what(client).finally(() => {
    client.destroy();
  });
}

/** Lists the bucket; resolves with the milliseconds that it took. */
async function list(): Promise<number> {
  const begin = performance.now();
  await use((client) => client.send(new ListObjectsV2Command({ Bucket: 'media' })));
  return performance.now() - begin;
}

/** As new SDKs upload a file over HTTPS: with a checksum behind the body. */
const upload = () =>
  use((client) =>
    client.send(
      new PutObjectCommand({
        Bucket: 'media',
        Key: 'upload',
        Body: createReadStream(__filename),
        ContentLength: statSync(__filename).size,
      }),
    ),
  );
const put = (Key: string) =>
  use((client) => client.send(new PutObjectCommand({ Bucket: 'media', Key, Body: 'hello' })));
/** As new SDKs delete many at once: with a checksum, and without Content-MD5. */
const deleteBatch = () =>
  use((client) =>
    client.send(new DeleteObjectsCommand({ Bucket: 'media', Delete: { Objects: [{ Key: 'upload' }] } })),
  );

describe('the object store', () => {
  test('is away, and back with what it held', async () => {
    await list();
    await start({ service: 'object-store', fault: 'outage' });
    await expect(list()).rejects.toThrow('ECONNREFUSED');
    await lift();
    await list();
  }, 120_000);

  test('comes back by itself after the seconds that were asked for', async () => {
    await start({ service: 'object-store', fault: 'outage', seconds: 1 });
    await expect(list()).rejects.toThrow('ECONNREFUSED');
    const deadline = Date.now() + 20_000;
    while (!(await list().then(Boolean, () => false))) expect(Date.now()).toBeLessThan(deadline);
  }, 120_000);

  test('takes connections and does not answer', async () => {
    await start({ service: 'object-store', fault: 'hang' });
    await expect(list()).rejects.toThrow(/timed? ?out/i);
  }, 120_000);

  test('is slow', async () => {
    await start({ service: 'object-store', fault: 'slow' });
    // The first one meets the pause that it begins with.
    expect(await list()).toBeGreaterThan(100);
    await lift();
    await list();
  }, 120_000);

  test('does not know a credential any more, and then does again', async () => {
    await start({ service: 'object-store', fault: 'revoked', accessKey: 'key' });
    await expect(list()).rejects.toThrow(/access key/i);
    await lift();
    await list();
  }, 120_000);
});

describe('the object store as Civo’s', () => {
  test('refuses an upload with a checksum behind it and a batch delete without Content-MD5, unless it is lenient', async () => {
    await expect(upload()).rejects.toMatchObject({ name: 'XAmzContentSHA256Mismatch' });
    await expect(deleteBatch()).rejects.toMatchObject({ name: 'MissingContentMD5' });
    await put('upload');
    await start({ service: 'object-store', fault: 'lenient' });
    await upload();
    expect((await deleteBatch()).Deleted).toEqual([{ Key: 'upload' }]);
  }, 120_000);

  test('asks for a lower rate', async () => {
    await start({ service: 'object-store', fault: 'slow-down' });
    await expect(list()).rejects.toMatchObject({ name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
    await lift();
    await list();
  }, 120_000);

  test('takes nothing more when it is full; reads and deletions continue', async () => {
    await put('kept');
    await start({ service: 'object-store', fault: 'full', bucket: 'media' });
    await expect(put('more')).rejects.toMatchObject({
      name: 'QuotaExceeded',
      $metadata: { httpStatusCode: 403 },
    });
    const kept = { Bucket: 'media', Key: 'kept' };
    await use((client) => client.send(new GetObjectCommand(kept)));
    await use((client) => client.send(new DeleteObjectCommand(kept)));
    await start({ service: 'object-store', fault: 'full', bucket: 'another' });
    await put('kept');
  }, 120_000);
});

describe('the ACME server', () => {
  const ask = (path: string, method = 'GET') =>
    new Promise<{ status?: number; retryAfter?: string; body: string }>((resolve, reject) => {
      const { address, port } = endpoints.acme;
      const headers = { 'User-Agent': 'jest' };
      request({ host: address, port, path, method, headers, ca: ca(), agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        const { statusCode: status, headers: found } = response;
        response.on('end', () => {
          resolve({
            ...(status && { status }),
            ...(found['retry-after'] && { retryAfter: found['retry-after'] }),
            body,
          });
        });
      })
        .on('error', reject)
        .end();
    });

  test('takes no new order, as an authority whose limit is reached', async () => {
    const { newOrder } = JSON.parse((await ask('/dir')).body) as { newOrder: string };
    await start({ service: 'acme', fault: 'rate-limit' });
    const refused = await ask(new URL(newOrder).pathname, 'POST');
    expect(refused).toMatchObject({ status: 429, retryAfter: '3600' });
    expect(refused.body).toContain('urn:ietf:params:acme:error:rateLimited');
    await lift();
    expect((await ask(new URL(newOrder).pathname, 'POST')).status).not.toBe(429);
  });

  test('shows a certificate that is out of date', async () => {
    await start({ service: 'acme', fault: 'expired' });
    await expect(ask('/dir')).rejects.toThrow(/expired/);
    await lift();
    expect((await ask('/dir')).status).toBe(200);
  });

  test('is away, and back', async () => {
    await start({ service: 'acme', fault: 'outage' });
    await expect(ask('/dir')).rejects.toThrow('ECONNREFUSED');
    await lift();
    expect((await ask('/dir')).status).toBe(200);
  });
});

describe('the name server', () => {
  const zone = (value: string) => [
    { name: 'example.com', records: [{ name: '@', type: 'A', value, ttl: 600 }] },
  ];
  const resolve = (name: string) => {
    const resolver = new Resolver({ tries: 1, timeout: 2_000 });
    resolver.setServers([`${endpoints.dns.address}:${String(endpoints.dns.port)}`]);
    return resolver.resolve4(name);
  };

  test('continues with what it knew', async () => {
    await services.dns.publish(zone('192.0.2.1'));
    await start({ service: 'dns', fault: 'stale' });
    await services.dns.publish(zone('192.0.2.2'));
    expect(await resolve('example.com')).toEqual(['192.0.2.1']);
    await lift();
    expect(await resolve('example.com')).toEqual(['192.0.2.2']);
  });

  test('can’t answer for customers’ zones, but for the provider’s own', async () => {
    await services.dns.publish(zone('192.0.2.1'));
    await start({ service: 'dns', fault: 'servfail' });
    await expect(resolve('example.com')).rejects.toThrow('ESERVFAIL');
    expect(await resolve('acme.civo.test')).toEqual([endpoints.acme.address]);
  });
});

test.each([
  [{ service: 'mail', fault: 'outage' }, 'service'],
  [{ service: 'dns', fault: 'slow' }, 'fault'],
  [{ service: 'acme', fault: 'outage', seconds: -1 }, 'seconds'],
])('%j is refused, and it is said why', async (fault, problem) => {
  const { status, body } = await start(fault);
  expect(status).toBe(400);
  expect(body.reason).toContain(problem);
});
