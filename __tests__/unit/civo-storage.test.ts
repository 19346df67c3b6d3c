import { recordingBackends, TestCivo } from '../support/test-civo';

let civo: TestCivo;
let calls: string[];
beforeEach(async () => {
  const recording = recordingBackends();
  calls = recording.calls;
  civo = await TestCivo.start({ backends: recording.backends });
});
afterEach(() => civo.stop());

const credential = async (name = 'media') => (await civo.post('/v2/objectstore/credentials', { name })).body;
const store = (key: string, more: object = {}) =>
  civo.post('/v2/objectstores', {
    name: 'media',
    max_size_gb: 500,
    access_key_id: key,
    region: 'LON1',
    ...more,
  });
const ready = (path: string) => civo.until(path, ({ body }) => body.status === 'ready');

describe('credentials', () => {
  test("have keys in Civo's form, on every read, and are ready in a while", async () => {
    const made = await credential();
    expect(made).toMatchObject({
      status: 'pending',
      access_key_id: expect.stringMatching(/^[A-Z0-9]{20}$/) as string,
      secret_access_key_id: expect.stringMatching(/^\w{40}$/) as string,
    });
    const { body } = await ready(`/v2/objectstore/credentials/${made.id}`);
    expect(body).toMatchObject({
      access_key_id: made.access_key_id,
      secret_access_key_id: made.secret_access_key_id,
    });
    expect(calls).toContain(
      `objectStores.putCredential("${made.access_key_id}", "${made.secret_access_key_id}")`,
    );
  });

  test('stay while a store uses them, also while that is being deleted', async () => {
    await civo.restart({ timings: { objectStoreDeleting: 200 } });
    const { id, access_key_id: key } = await credential();
    const { body } = await store(key);
    const refused = { status: 409, body: { code: 'database_objectstore_credential_inuse' } };
    expect(await civo.delete(`/v2/objectstore/credentials/${id}`)).toMatchObject(refused);
    await civo.delete(`/v2/objectstores/${body.id}`);
    expect(await civo.delete(`/v2/objectstore/credentials/${id}`)).toMatchObject(refused);
    await civo.until(`/v2/objectstores/${body.id}`, (answer) => answer.status === 404);
    expect((await civo.delete(`/v2/objectstore/credentials/${id}`)).body.result).toBe('success');
    expect(calls.slice(-2)).toEqual([
      'objectStores.removeBucket("media")',
      `objectStores.removeCredential("${key}")`,
    ]);
  });

  test('take new keys, and hand their stores over to them', async () => {
    const { id, access_key_id: key } = await credential();
    const { body } = await store(key);
    await ready(`/v2/objectstores/${body.id}`);
    await civo.put(`/v2/objectstore/credentials/${id}`, {
      access_key_id: 'NEWKEY',
      secret_access_key_id: null,
    });
    expect((await civo.get(`/v2/objectstores/${body.id}`)).body.owner_info.access_key_id).toBe('NEWKEY');
    expect(calls.slice(-2)).toEqual([
      'objectStores.createBucket("media", "NEWKEY")',
      `objectStores.removeCredential("${key}")`,
    ]);
  });
});

describe('object stores', () => {
  test('are buckets of their credential', async () => {
    const { id, access_key_id: key } = await credential();
    const { body: made } = await store(key);
    expect(made.status).toBe('creating');
    const { body } = await ready(`/v2/objectstores/${made.id}`);
    expect(body).toEqual({
      id: made.id,
      name: 'media',
      max_size: 500,
      owner_info: { access_key_id: key, name: 'media', credential_id: id },
      objectstore_endpoint: 'objectstore.lon1.civo.com',
      status: 'ready',
    });
    expect(calls).toContain(`objectStores.createBucket("media", "${key}")`);
  });

  test('without a credential make one, which is never deleted', async () => {
    const { body } = await store('');
    await civo.delete(`/v2/objectstores/${body.id}`);
    await civo.until(`/v2/objectstores/${body.id}`, ({ status }) => status === 404);
    expect((await civo.get('/v2/objectstore/credentials')).body.items).toMatchObject([{ name: 'media' }]);
  });

  test('come in steps of 500 GB, and change in them', async () => {
    const { access_key_id: key } = await credential();
    for (const size of [0, 100, 750]) {
      expect((await store(key, { max_size_gb: size })).body.code).toBe('parameter_size_invalid');
    }
    const { body } = await store(key);
    expect((await civo.put(`/v2/objectstores/${body.id}`, { max_size_gb: 0 })).status).toBe(400);
    expect((await civo.put(`/v2/objectstores/${body.id}`, { max_size_gb: 1000 })).body.max_size).toBe(1000);
    expect((await civo.put(`/v2/objectstores/${body.id}`, { max_size_gb: 500_000 })).body.code).toBe(
      'quota_limit_reached',
    );
  });

  test('are refused in a region that has none, under a taken name, for a strange key', async () => {
    const { access_key_id: key } = await credential();
    expect((await civo.post('/v2/objectstores?region=PHX1', { name: 'media' })).body.code).toBe(
      'disabled_service',
    );
    expect((await store('STRANGE')).status).toBe(404);
    expect((await store(key, { name: 'Not a bucket' })).body.code).toBe('parameter_name_invalid');
    await store(key);
    expect((await store(key)).status).toBe(409);
  });
});

describe('DNS', () => {
  test('domains and records are published as they change', async () => {
    const { body: domain } = await civo.post('/v2/dns', { name: 'example.com' });
    expect((await civo.post('/v2/dns', { name: 'example.com' })).body.code).toBe(
      'database_dns_domain_duplicate_name',
    );
    const path = `/v2/dns/${domain.id}/records`;
    const { body: record } = await civo.post(path, {
      type: 'A',
      name: '@',
      value: '1.2.3.4',
      priority: 0,
      ttl: 600,
    });
    expect((await civo.get(path)).body).toMatchObject([
      { id: record.id, domain_id: domain.id, type: 'A', name: '@', value: '1.2.3.4', ttl: 600 },
    ]);
    expect(calls.at(-1)).toBe(
      'dns.publish([{"name":"example.com","records":[{"name":"@","type":"A","value":"1.2.3.4","ttl":600}]}])',
    );
    await civo.put(`${path}/${record.id}`, {
      type: 'MX',
      name: '@',
      value: 'mail.example.com',
      priority: 10,
      ttl: 900,
    });
    expect(calls.at(-1)).toContain('"priority":10');
    await civo.delete(`${path}/${record.id}`);
    await civo.delete(`/v2/dns/${domain.id}`);
    expect(calls.at(-1)).toBe('dns.publish([])');
  });

  test('a record’s type comes back as it was sent', async () => {
    const { body: domain } = await civo.post('/v2/dns', { name: 'example.com' });
    const path = `/v2/dns/${domain.id}/records`;
    const sent = { type: 'txt', name: 'www', value: 'x', priority: 0, ttl: 600 };
    expect((await civo.post(path, sent)).body).toMatchObject({ type: 'txt' });
    expect((await civo.get(path)).body).toMatchObject([{ type: 'txt' }]);
  });

  test('wrong records are refused', async () => {
    const { body: domain } = await civo.post('/v2/dns', { name: 'example.com' });
    const add = (more: object) =>
      civo.post(`/v2/dns/${domain.id}/records`, {
        type: 'A',
        name: 'www',
        value: 'x',
        priority: 0,
        ttl: 600,
        ...more,
      });
    expect((await add({ type: 'AAAA' })).body.code).toBe('parameter_dns_record_type');
    expect((await add({ type: 'CNAME', name: '@' })).body.code).toBe('parameter_dns_record_cname_apex');
    expect((await civo.post('/v2/dns', { name: 'no domain' })).body.code).toBe('database_dns_domain_invalid');
  });
});

describe('SSH keys', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2Kb8Z7Ly0bW1ovKzIfOEA3Xn4mRr5c0QGXCT2BqTQd x';

  test('have a fingerprint and can be renamed', async () => {
    const { body } = await civo.post('/v2/sshkeys', { name: 'mine', public_key: key });
    await civo.put(`/v2/sshkeys/${body.id}`, { name: 'yours' });
    expect((await civo.get('/v2/sshkeys')).body).toMatchObject([
      {
        id: body.id,
        name: 'yours',
        public_key: key,
        fingerprint: expect.stringMatching(/^SHA256:/) as string,
      },
    ]);
    expect((await civo.delete(`/v2/sshkeys/${body.id}`)).body.result).toBe('success');
  });

  test.each([
    ['parameter_public_key_empty', { name: 'b', public_key: '' }],
    ['database_ssh_key_create', { name: 'b', public_key: 'not a key' }],
    ['database_ssh_key_duplicate_name', { name: 'mine', public_key: key }],
    ['sshkey_duplicate', { name: 'b', public_key: key }],
  ])('are refused: %s', async (code, body) => {
    await civo.post('/v2/sshkeys', { name: 'mine', public_key: key });
    expect((await civo.post('/v2/sshkeys', body)).body.code).toBe(code);
  });
});
