import { TestCivo } from '../support/test-civo';

let civo: TestCivo;
let network: string;
beforeEach(async () => {
  civo = await TestCivo.start();
  network = await civo.network();
});
afterEach(() => civo.stop());

const make = (more: object = {}) =>
  civo.post('/v2/databases', {
    name: 'db',
    size: 'g3.db.small',
    software: 'PostgreSQL',
    software_version: '17',
    network_id: network,
    nodes: 1,
    firewall_id: '',
    firewall_rule: '',
    ...more,
  });
const ready = async (more: object = {}) => {
  const { id } = (await make(more)).body;
  return (await civo.until(`/v2/databases/${id}`, ({ body }) => body.status === 'Ready')).body;
};

test('a database is Pending, then Ready, with all that a client needs to log in', async () => {
  await civo.restart({ timings: { databasePending: 500 } });
  expect((await make()).body.status).toBe('Pending');
  const [firewall] = (await civo.list('/v2/firewalls')).filter(({ name }) => name === 'net-default');
  const { id } = civo.state.databases[0] ?? {};
  const { body } = await civo.until(
    `/v2/databases/${String(id)}`,
    (answer) => answer.body.status === 'Ready',
  );
  expect(body).toMatchObject({
    name: 'db',
    nodes: 1,
    size: 'g3.db.small',
    software: 'PostgreSQL',
    software_version: '17',
    network_id: network,
    // None was named: the network's own, which is open to all.
    firewall_id: firewall?.id,
    public_ipv4: '203.0.113.20',
    private_ipv4: '192.168.2.2',
    port: 5432,
    username: 'civo',
    dns_entry: `${body.id}.db.civo.com`,
    database_user_info: [{ username: 'civo', password: body.password, port: 5432 }],
  });
  expect(body.password).toMatch(/^\S{16,}$/);
  expect((await ready({ name: 'my', software: 'MySQL', software_version: '' })) as object).toMatchObject({
    port: 3306,
    software_version: '8.0',
  });
});

test('versions come by engine, and lists come in pages', async () => {
  expect((await civo.get('/v2/databases/versions')).body).toMatchObject({
    MySQL: [{ software_version: '8.0', default: true }],
    PostgreSQL: [
      { software_version: '17', default: true },
      { software_version: '14', default: false },
    ],
  });
  await make();
  expect((await civo.get('/v2/databases?page=1&per_page=100')).body).toMatchObject({
    pages: 1,
    items: [{ name: 'db' }],
  });
});

test.each([
  ['database_create_invalid_software', { software: 'Oracle' }],
  ['database_create_invalid_version', { software_version: '16' }],
  ['database_create_invalid_nodes', { nodes: 0 }],
  ['database_size_not_found', { size: 'g3.small' }],
  ['database_network_not_found', { network_id: 'nope' }],
  ['database_firewall_mismatch', { firewall_id: 'nope' }],
  ['quota_limit_reached', { size: 'g3.db.2xlarge', nodes: 9 }],
])('%s: %j', async (code, wrong) => {
  expect((await make(wrong)).body.code).toBe(code);
  expect(civo.state.databases).toEqual([]);
});

test('names are unique, whatever the case of their letters', async () => {
  const { id } = await ready();
  expect((await make({ name: 'DB' })).body.code).toBe('database_duplicate_name');
  await ready({ name: 'other' });
  expect((await civo.put(`/v2/databases/${id}`, { name: 'Other' })).body.code).toBe(
    'database_duplicate_name',
  );
});

test('name, nodes and firewall change in place; what is left out stays', async () => {
  const { id } = await ready();
  const { body: firewall } = await civo.post('/v2/firewalls', { name: 'mine', network_id: network });
  await civo.put(`/v2/databases/${id}`, { name: 'new', nodes: null, firewall_id: '' });
  await civo.put(`/v2/databases/${id}`, { nodes: 2, firewall_id: firewall.id });
  expect((await civo.get(`/v2/databases/${id}`)).body).toMatchObject({
    name: 'new',
    nodes: 2,
    firewall_id: firewall.id,
  });
  expect((await civo.put(`/v2/databases/${id}`, { nodes: 99 })).body.code).toBe('quota_limit_reached');
});

test('a deleted one is gone at once; its firewall and its network count it for a while', async () => {
  await civo.restart({ timings: { inUseLag: 1_000 } });
  const { body: firewall } = await civo.post('/v2/firewalls', { name: 'mine', network_id: network });
  const { id } = await ready({ firewall_id: firewall.id });
  expect((await civo.delete(`/v2/databases/${id}`)).body.result).toBe('success');
  expect((await civo.get(`/v2/databases/${id}`)).status).toBe(404);
  expect(await civo.delete(`/v2/firewalls/${firewall.id}`)).toMatchObject({
    status: 409,
    body: { code: 'database_firewall_inuse_by_database' },
  });
  expect((await civo.delete(`/v2/networks/${network}`)).body.code).toBe('database_network_inuse_by_database');
  await civo.untilDeleted(`/v2/firewalls/${firewall.id}`);
  await civo.untilDeleted(`/v2/networks/${network}`);
});

test('a restart finishes what was under way', async () => {
  await civo.restart({ timings: { databasePending: 60_000 } });
  const { id } = (await make()).body;
  await civo.restart({ timings: { databasePending: 0 } });
  await civo.until(`/v2/databases/${id}`, ({ body }) => body.status === 'Ready');
});
