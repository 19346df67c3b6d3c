import { statSync } from 'node:fs';
import { join } from 'node:path';

import { type Body, TestCivo } from '../support/test-civo';

let civo: TestCivo;
beforeEach(async () => {
  civo = await TestCivo.start({ maxPageSize: 2 });
});
afterEach(() => civo.stop());

describe('every request', () => {
  test('needs the token, and a wrong one is refused in the words that the provider knows', async () => {
    for (const given of ['bearer wrong', '', 'local']) {
      const answer = await civo.call('GET', '/v2/regions', undefined, { Authorization: given });
      expect(answer).toMatchObject({
        status: 401,
        body: { code: 'database_account_not_found', result: 'failed', reason: expect.any(String) as string },
      });
    }
    expect((await civo.call('GET', '/v2/regions', undefined, { Authorization: 'Bearer local' })).status).toBe(
      200,
    );
  });

  test('is read as plain JSON though it says gzip, and may have no body at all', async () => {
    expect((await civo.post('/v2/dns', { name: 'example.com' })).status).toBe(200);
    const [domain] = await civo.list('/v2/dns');
    expect((await civo.delete(`/v2/dns/${domain?.id ?? ''}`)).body).toMatchObject({ result: 'success' });
  });

  test('takes the region from the query, in any case, and LON1 without one', async () => {
    const london = (await civo.get('/v2/networks')).body;
    expect((await civo.get('/v2/networks?region=lon1')).body).toEqual(london);
    expect((await civo.get('/v2/networks?region=FRA1')).body).not.toEqual(london);
    expect(await civo.get('/v2/networks?region=MARS1')).toMatchObject({
      status: 404,
      body: { code: 'database_region_not_found' },
    });
  });

  test('that is not served says so, unlike one for an object that is not there', async () => {
    expect(await civo.get('/v2/snapshots')).toMatchObject({
      status: 501,
      body: {
        code: 'not_served_locally',
        reason: expect.stringContaining('/v2/snapshots') as string,
      },
    });
  });

  test('is kept in the request log', async () => {
    await civo.get('/v2/regions?region=LON1');
    await civo.get('/v2/networks/nope');
    expect(civo.api.requests).toMatchObject([
      { method: 'GET', path: '/v2/regions', region: 'LON1', status: 200 },
      { method: 'GET', path: '/v2/networks/nope', status: 404 },
    ]);
  });
});

test('no error has a null in it, which would end the provider', async () => {
  const errors = [
    await civo.get('/v2/networks/nope'),
    await civo.post('/v2/dns', {}),
    await civo.post('/v2/dns', null),
    await civo.get('/v2/nowhere'),
  ];
  for (const { status, body } of errors) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(Object.values(body as object).every((value) => typeof value === 'string')).toBe(true);
  }
});

test('some kinds come in pages; the rest in plain arrays', async () => {
  for (const name of ['a', 'b', 'c']) await civo.post('/v2/vpc/ips', { name });
  expect((await civo.get('/v2/ips?page=1&per_page=100')).body).toMatchObject({
    page: 1,
    per_page: 2,
    pages: 2,
    items: [{ name: 'a' }, { name: 'b' }],
  });
  expect((await civo.get('/v2/ips?page=2&per_page=100')).body).toMatchObject({
    page: 2,
    items: [{ name: 'c' }],
  });
  for (const path of [
    'instances',
    'objectstores',
    'objectstore/credentials',
    'databases',
    'kubernetes/clusters',
  ]) {
    expect((await civo.get(`/v2/${path}?page=1&per_page=100`)).body).toMatchObject({ pages: 1, items: [] });
  }
  for (const path of [
    'regions',
    'sizes',
    'disk_images',
    'networks',
    'firewalls',
    'sshkeys',
    'dns',
    'volumes',
    'volumetypes',
    'loadbalancers',
    'vpc/loadbalancers',
    'kubernetes/versions',
    'kubernetes/applications',
  ]) {
    expect(Array.isArray((await civo.get(`/v2/${path}`)).body)).toBe(true);
  }
});

test('a region without object stores is known by its features', async () => {
  const regions = (await civo.list('/v2/regions')) as (Body & { features: { object_store: boolean } })[];
  expect(regions.filter((region) => !region.features.object_store).map((region) => region.code)).toEqual([
    'PHX1',
  ]);
});

describe('the state file', () => {
  test('keeps everything over a restart, and is for its owner only', async () => {
    const network = await civo.network();
    await civo.restart();
    expect((await civo.get(`/v2/networks/${network}`)).body).toMatchObject({
      label: 'net',
      status: 'Active',
    });
    expect(statSync(join(civo.folder, 'civo.json')).mode & 0o777).toBe(0o600);
  });

  test('that is invalid is refused by name', async () => {
    await expect(civo.restart({ stateFile: __filename })).rejects.toThrow(/civo-protocol.*is not JSON/);
    await civo.restart({ stateFile: join(civo.folder, 'civo.json') });
  });
});
