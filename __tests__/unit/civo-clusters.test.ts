import { TestCivo } from '../support/test-civo';

let civo: TestCivo;
let network: string;
beforeEach(async () => {
  civo = await TestCivo.start();
  network = await civo.network();
});
afterEach(() => civo.stop());

const POOL = { id: 'first', count: 2, size: 'g4s.kube.small' };

const make = (more: object = {}) =>
  civo.post('/v2/kubernetes/clusters', {
    name: 'cluster',
    network_id: network,
    pools: [POOL],
    instance_firewall: '',
    tags: 'blue green',
    ...more,
  });
const path = (id: string) => `/v2/kubernetes/clusters/${id}`;
const reaches = (id: string, status: string) => civo.until(path(id), ({ body }) => body.status === status);
const active = async (more: object = {}) => (await reaches((await make(more)).body.id, 'ACTIVE')).body;

test('a cluster is BUILDING, without nodes, then ACTIVE, with those that were asked for', async () => {
  await civo.restart({ timings: { clusterBuilding: 500 } });
  const { body: building } = await make();
  expect(building).toMatchObject({
    status: 'BUILDING',
    ready: false,
    pools: [{ id: 'first', count: 0, instances: [] }],
    required_pools: [{ id: 'first', count: 2 }],
  });
  const { body } = await reaches(building.id, 'ACTIVE');
  expect(body).toMatchObject({
    ready: true,
    cluster_type: 'k3s',
    kubernetes_version: '1.32.5-k3s1',
    cni_plugin: 'flannel',
    network_id: network,
    num_target_nodes: 2,
    target_nodes_size: 'g4s.kube.small',
    tags: ['blue', 'green'],
    master_ip: '203.0.113.20',
    api_endpoint: 'https://203.0.113.20:6443',
    dns_entry: `${body.id}.k8s.civo.com`,
    pools: [{ count: 2, instances: [{ status: 'ACTIVE' }, { status: 'ACTIVE' }] }],
    installed_applications: [
      { name: 'Traefik-v2-nodeport', installed: true },
      { name: 'metrics-server', installed: true },
    ],
  });
  expect((await civo.get('/v2/kubernetes/clusters')).body).toMatchObject({
    pages: 1,
    items: [{ name: 'cluster' }],
  });
});

test('labels of the first pool are ignored at first, and taken when they are sent again', async () => {
  const { id, required_pools: pools } = await active({ pools: [{ ...POOL, labels: { tier: 'web' } }] });
  expect(pools).toMatchObject([{ labels: {} }]);
  await civo.put(`${path(id)}/pools/first`, { labels: { tier: 'web' } });
  expect((await civo.get(path(id))).body.required_pools).toMatchObject([{ labels: { tier: 'web' } }]);
  // An empty map takes them away, and one that is left out does not.
  await civo.put(`${path(id)}/pools/first`, { taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }] });
  await civo.put(`${path(id)}/pools/first`, { labels: {} });
  expect((await civo.get(`${path(id)}/pools/first`)).body).toMatchObject({
    labels: {},
    taints: [{ key: 'a' }],
  });
});

test.each([
  ['kubernetes_cluster_invalid_name', { name: 'no name' }],
  ['database_network_not_found', { network_id: 'nope' }],
  ['database_firewall_mismatch', { instance_firewall: 'nope' }],
  ['database_kubernetes_cluster_no_pools', { pools: [] }],
  ['database_size_not_found', { pools: [{ ...POOL, size: 'g3.small' }] }],
  ['parameter_value_missing', { pools: [{ ...POOL, count: 0 }] }],
  ['quota_limit_reached', { pools: [{ ...POOL, count: 17 }] }],
  ['database_kubernetes_cluster_invalid_version', { kubernetes_version: '0.1.0-k3s1' }],
  [
    'database_kubernetes_cluster_invalid_version',
    { cluster_type: 'talos', kubernetes_version: '1.32.5-k3s1' },
  ],
  ['database_kubernetes_application_not_found', { applications: 'Nothing' }],
])('%s: %j', async (code, wrong) => {
  expect((await make(wrong)).body.code).toBe(code);
  expect(civo.state.clusters).toEqual([]);
});

test('names may have dots', async () => {
  expect((await active({ name: 'eu.example.social' })).name).toBe('eu.example.social');
});

test('names are unique', async () => {
  await active();
  expect((await make()).body.code).toBe('database_kubernetes_cluster_duplicate');
});

test('applications: with plans, and without a default one', async () => {
  const { id } = await active({ applications: 'Redis:5GB,-Traefik-v2-nodeport' });
  const names = () => civo.state.clusters[0]?.applications;
  expect(names()).toEqual(['metrics-server', 'Redis']);
  await civo.put(path(id), { applications: 'cert-manager' });
  expect(names()).toEqual(['metrics-server', 'Redis', 'cert-manager']);
  expect((await civo.list('/v2/kubernetes/applications')).map(({ name }) => name)).toContain('Redis');
});

test('a new version means UPGRADING; name, tags and firewall change at once', async () => {
  await civo.restart({ timings: { clusterBuilding: 500 } });
  const { id } = await active({ kubernetes_version: '1.31.9-k3s1' });
  const { body: firewall } = await civo.post('/v2/firewalls', { name: 'mine', network_id: network });
  const changed = { name: 'new', tags: 'red', firewall_id: firewall.id };
  expect((await civo.put(path(id), changed)).body).toMatchObject({
    ...changed,
    tags: ['red'],
    status: 'ACTIVE',
  });
  const { body } = await civo.put(path(id), { kubernetes_version: '1.32.5-k3s1' });
  expect(body).toMatchObject({ status: 'UPGRADING', kubernetes_version: '1.32.5-k3s1', name: 'new' });
  await reaches(id, 'ACTIVE');
});

describe('pools', () => {
  test('scale a while after the call, and one change at a time', async () => {
    await civo.restart({ timings: { poolScaling: 500 } });
    const { id } = await active();
    await civo.post(`${path(id)}/pools`, { id: 'second', count: 1, size: 'g4s.kube.xsmall' });
    expect((await civo.get(path(id))).body).toMatchObject({
      status: 'SCALING',
      pools: [{ count: 2 }, { id: 'second', count: 0 }],
      required_pools: [{ count: 2 }, { id: 'second', count: 1 }],
    });
    const scale = () => civo.put(`${path(id)}/pools/first`, { count: 3 });
    expect((await scale()).body.code).toBe('cannot_scale_already_rescaling_cluster');
    await reaches(id, 'ACTIVE');
    await scale();
    const { body } = await reaches(id, 'ACTIVE');
    expect(body.pools).toMatchObject([{ count: 3 }, { count: 1, instances: [{ status: 'ACTIVE' }] }]);
  });

  test.each([
    ['database_cluster_pool_duplicate', POOL],
    ['database_size_not_found', { id: 'b', count: 1, size: 'nope' }],
    ['quota_limit_reached', { id: 'b', count: 20, size: 'g4s.kube.small' }],
  ])('%s: %j', async (code, wrong) => {
    const { id } = await active();
    expect((await civo.post(`${path(id)}/pools`, wrong)).body.code).toBe(code);
  });

  test('go when their nodes have gone, but for the last one', async () => {
    await civo.restart({ timings: { poolScaling: 500 } });
    const { id } = await active({ pools: [POOL, { ...POOL, id: 'second' }] });
    const second = `${path(id)}/pools/second`;
    expect((await civo.delete(second)).body.result).toBe('success');
    expect((await civo.get(second)).status).toBe(200);
    expect((await civo.delete(`${path(id)}/pools/first`)).body.code).toBe(
      'database_cluster_pool_delete_last',
    );
    await civo.until(second, ({ body }) => body.code === 'database_cluster_pool_not_found');
    expect(await civo.list(`${path(id)}/pools`)).toMatchObject([{ id: 'first' }]);
  });
});

test('deleting says DELETING, then the one code that means gone; firewall and network notice late', async () => {
  await civo.restart({ timings: { clusterDeleting: 500, inUseLag: 1_000 } });
  const { id } = await active();
  expect((await civo.delete(`/v2/networks/${network}`)).body.code).toBe('database_network_inuse_by_cluster');
  await civo.delete(path(id));
  expect((await civo.get(path(id))).body.status).toBe('DELETING');
  await civo.until(path(id), ({ body }) => body.code === 'database_kubernetes_cluster_not_found');
  expect((await civo.delete(`/v2/networks/${network}`)).body.code).toBe('database_network_inuse_by_cluster');
  await civo.untilDeleted(`/v2/networks/${network}`);
});

test('a restart finishes what was under way', async () => {
  await civo.restart({ timings: { clusterBuilding: 60_000, poolScaling: 0, clusterDeleting: 60_000 } });
  const { id } = (await make()).body;
  await civo.restart({ timings: { clusterBuilding: 0, poolScaling: 60_000 } });
  expect((await civo.get(path(id))).body.status).toBe('BUILDING');
  await civo.restart({ timings: { poolScaling: 0 } });
  await reaches(id, 'ACTIVE');
  await civo.restart({ timings: { poolScaling: 60_000 } });
  await civo.put(`${path(id)}/pools/first`, { count: 3 });
  await civo.restart({ timings: { poolScaling: 0, clusterDeleting: 60_000 } });
  expect((await reaches(id, 'ACTIVE')).body.pools).toMatchObject([{ count: 3 }]);
  await civo.delete(path(id));
  await civo.restart({ timings: { clusterDeleting: 0 } });
  await civo.until(path(id), ({ status }) => status === 404);
});
