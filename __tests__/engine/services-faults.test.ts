/** What stands beside Civo's API fails on demand: seen by real clients, asked for over the control API. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import Fastify, { type FastifyInstance } from 'fastify';
import { answerErrors } from '../../local/civo/errors';
import { type ServiceEndpoints, type Services, startServices } from '../../local/services';
import { serviceFaultRoutes } from '../../local/services/faults';
import { ensureToolchain } from '../../local/toolchain';
import { freeEndpoint } from './freeEndpoint';

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

/** Lists the bucket, once; resolves with the milliseconds that it took. */
async function list(): Promise<number> {
  const { address, port } = endpoints.objectStore;
  const client = new S3Client({
    endpoint: `https://${address}:${String(port)}`,
    region: 'LON1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    requestHandler: { httpsAgent: { ca: ca() }, requestTimeout: 1_500, throwOnRequestTimeout: true },
  });
  const begin = performance.now();
  await client.send(new ListObjectsV2Command({ Bucket: 'media' })).finally(() => {
    client.destroy();
  });
  return performance.now() - begin;
}

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

  test('goes on with what it knew', async () => {
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
