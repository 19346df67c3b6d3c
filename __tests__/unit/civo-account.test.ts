/** What the account has: subnets and load balancers, the quota, the bill. */
import { TestCivo } from '../support/test-civo';

let civo: TestCivo;
beforeEach(async () => {
  civo = await TestCivo.start();
});
afterEach(() => civo.stop());

test.each(['/v2', '/v2/vpc'])('subnets: of one network, below %s', async (prefix) => {
  const network = await civo.network();
  const path = `${prefix}/networks/${network}/subnets`;
  const { body } = await civo.post(path, { name: 'inner' });
  expect(body).toMatchObject({ name: 'inner', network_id: network, status: 'Active' });
  expect((await civo.post(path, { name: 'inner' })).body.code).toBe('database_subnet_duplicate_name');
  expect(await civo.list(path)).toMatchObject([{ id: body.id }]);
  expect((await civo.get(`${path}/${body.id}`)).body.name).toBe('inner');
  expect((await civo.get(`${prefix}/networks/nope/subnets`)).body.code).toBe('database_network_not_found');
  expect((await civo.delete(`${prefix}/networks/${network}`)).body.code).toBe(
    'database_network_inuse_by_subnet',
  );
  await civo.delete(`${path}/${body.id}`);
  expect((await civo.get(`${path}/${body.id}`)).body.code).toBe('database_subnet_not_found');
  expect((await civo.delete(`${prefix}/networks/${network}`)).body.result).toBe('success');
});

test.each(['/v2', '/v2/vpc'])('load balancers: kept on paper, below %s', async (prefix) => {
  const network = await civo.network();
  const { body: firewall } = await civo.post('/v2/firewalls', { name: 'mine', network_id: network });
  const wanted = {
    name: 'front',
    network_id: network,
    firewall_id: firewall.id,
    backends: [{ ip: '192.168.2.9', source_port: 80, target_port: 8080 }],
  };
  const { body } = await civo.post(`${prefix}/loadbalancers`, wanted);
  expect(body).toMatchObject({
    ...wanted,
    algorithm: 'round_robin',
    public_ip: '203.0.113.20',
    state: 'available',
  });
  const path = `${prefix}/loadbalancers/${body.id}`;
  expect((await civo.post(`${prefix}/loadbalancers`, wanted)).body.code).toBe(
    'database_loadbalancer_duplicate_name',
  );
  await civo.put(path, { algorithm: 'least_connections' });
  expect((await civo.get(path)).body).toMatchObject({ ...wanted, algorithm: 'least_connections' });
  expect((await civo.put(path, { firewall_id: 'nope' })).body.code).toBe('database_firewall_mismatch');
  expect((await civo.delete(`${prefix}/firewalls/${firewall.id}`)).body.code).toBe(
    'database_firewall_used_by_loadbalancer',
  );
  expect((await civo.delete(`${prefix}/networks/${network}`)).body.code).toBe(
    'database_network_inuse_by_loadbalancer',
  );
  await civo.delete(path);
  expect((await civo.get(path)).body.code).toBe('database_loadbalancer_not_found');
});

describe('the quota', () => {
  const quota = async () => (await civo.get('/v2/quota')).body as unknown as Record<string, number>;

  test('counts what is used, and names each limit that would be passed', async () => {
    await civo.restart({ quota: { instance_count: 1, ram_mb: 3000, public_ip_address: 8 } });
    const network = await civo.network();
    expect((await civo.instance(network)).status).toBe(200);
    expect(await quota()).toMatchObject({
      instance_count_limit: 1,
      instance_count_usage: 1,
      ram_mb_usage: 2048,
      public_ip_address_usage: 1,
      network_count_usage: 1,
    });
    const refused = await civo.instance(network, { hostname: 'second' });
    expect(refused).toMatchObject({ status: 403, body: { code: 'quota_limit_reached' } });
    expect(refused.body.reason.split('\n')).toHaveLength(2);
  });

  test('begins at nothing: what comes with the account is free', async () => {
    const used = Object.entries(await quota()).filter(([name, n]) => name.endsWith('_usage') && n !== 0);
    expect(used).toEqual([]);
    expect(Object.keys(await quota())).toEqual(
      expect.arrayContaining([
        'port_count_limit',
        'disk_snapshot_count_limit',
        'database_snapshot_count_limit',
      ]),
    );
  });

  test('is of the account, over all regions and kinds', async () => {
    const network = await civo.network();
    await civo.post('/v2/ips?region=FRA1', { name: 'address' });
    await civo.post('/v2/volumes', { name: 'data', network_id: network, size_gb: 10 });
    await civo.post('/v2/objectstores', { name: 'media', max_size_gb: 500 });
    await civo.post('/v2/databases', {
      name: 'db',
      size: 'g3.db.small',
      software: 'MySQL',
      network_id: network,
      nodes: 2,
    });
    const pools = [{ id: 'first', count: 2, size: 'g4s.kube.small' }];
    await civo.post('/v2/kubernetes/clusters', { name: 'cluster', network_id: network, pools });
    expect(await quota()).toMatchObject({
      instance_count_usage: 2,
      cpu_core_usage: 2,
      disk_gb_usage: 90,
      disk_volume_count_usage: 1,
      public_ip_address_usage: 3,
      security_group_usage: 1,
      security_group_rule_usage: 6,
      objectstore_gb_usage: 500,
      database_count_usage: 1,
      database_ram_mb_usage: 8192,
    });
  });

  test('still counts for a while what is deleted, so that a replacement may not fit', async () => {
    await civo.restart({ quota: { public_ip_address: 1 }, timings: { quotaLag: 1_000 } });
    const reserve = () => civo.post('/v2/ips', { name: 'address' });
    const { id } = (await reserve()).body;
    await civo.delete(`/v2/ips/${id}`);
    expect((await reserve()).body.code).toBe('quota_limit_reached');
    await civo.until('/v2/quota', ({ body }) => body.public_ip_address_usage === 0);
    expect((await reserve()).status).toBe(200);
  });

  test('does not count a size twice that was only changed', async () => {
    await civo.restart({ timings: { quotaLag: 60_000 } });
    const { id } = (await civo.post('/v2/objectstores', { name: 'media', max_size_gb: 500 })).body;
    await civo.put(`/v2/objectstores/${id}`, { max_size_gb: 1000 });
    expect((await quota()).objectstore_gb_usage).toBe(1000);
  });
});

describe('charges', () => {
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const charges = (from: string, to: string) => civo.list(`/v2/charges?from=${from}&to=${to}`);

  test('are hours of each thing, begun ones too, also of what is gone', async () => {
    const network = await civo.network();
    const { id } = (await civo.instance(network)).body;
    await civo.active(id);
    await civo.put(`/v2/instances/${id}/resize`, { size: 'g3.medium' });
    await civo.active(id);
    await civo.post('/v2/objectstores', { name: 'media', max_size_gb: 500 });
    await civo.delete(`/v2/instances/${id}`);
    await civo.until(`/v2/instances/${id}`, ({ status }) => status === 404);
    const told = await charges(ago(24), ago(-1));
    expect(told).toMatchObject([
      { code: 'instance-g3.small', label: 'web', product_id: id, num_hours: 1, region: 'LON1' },
      { code: 'instance-g3.medium', label: 'web', product_id: id, num_hours: 1 },
      { code: 'objectstore', label: 'media', size_gb: 500, num_hours: 1 },
    ]);
    expect(Object.keys(told[0] ?? {})).toEqual(expect.arrayContaining(['from', 'to']));
  });

  test('are of the period that is asked for', async () => {
    await civo.post('/v2/ips', { name: 'address' });
    expect(await charges(ago(48), ago(24))).toEqual([]);
  });

  test('are listed for 31 days at most', async () => {
    expect((await civo.get('/v2/charges')).body.code).toBe('parameter_date_range');
    expect((await civo.get(`/v2/charges?from=${ago(32 * 24)}&to=${ago(0)}`)).body.code).toBe(
      'parameter_date_range_too_long',
    );
  });
});
