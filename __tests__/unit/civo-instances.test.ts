import { paperBackends } from '../../local/civo';
import { recordingBackends, TestCivo } from '../support/test-civo';

let civo: TestCivo;
let network: string;
beforeEach(async () => {
  civo = await TestCivo.start();
  network = await civo.network();
});
afterEach(() => civo.stop());

const status = (id: string, wanted: string) =>
  civo.until(`/v2/instances/${id}`, ({ body }) => body.status === wanted);

test('an instance is BUILDING, then ACTIVE, with the fields that the provider reads', async () => {
  const script = '#!/bin/sh\necho hello\n';
  const { body } = await civo.instance(network, { script, tags: 'web blue', public_ip: 'none' });
  expect(body.status).toBe('BUILDING');
  const { body: active } = await civo.active(body.id);
  expect(active).toMatchObject({
    hostname: 'web',
    size: 'g3.small',
    network_id: network,
    cpu_cores: 1,
    ram_mb: 2048,
    disk_gb: 25,
    source_type: 'diskimage',
    // The image's name, not its id: the provider looks it up by that.
    source_id: 'debian-13',
    initial_user: 'deploy',
    tags: ['web', 'blue'],
    volume_type: 'ms-xfs-2-replicas',
    private_ip: '192.168.2.2',
    // The first of its network has an address although none was asked for.
    public_ip: '203.0.113.20',
  });
  expect(Buffer.from(active.script, 'base64').toString()).toBe(script);
  expect(active.user_script).toBe(active.script);
  const { body: second } = await civo.instance(network, { hostname: 'two', public_ip: 'none' });
  expect(second.public_ip).toBe('');
});

test("it runs under its network's own, open firewall until another is set", async () => {
  const { body } = await civo.instance(network);
  const firewalls = await civo.list('/v2/firewalls');
  expect(firewalls.find((firewall) => firewall.id === body.firewall_id)?.name).toBe('net-default');
});

test('it has a password only without an SSH key', async () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2Kb8Z7Ly0bW1ovKzIfOEA3Xn4mRr5c0QGXCT2BqTQd x';
  const { body } = await civo.post('/v2/sshkeys', { name: 'key', public_key: key });
  expect((await civo.instance(network, { ssh_key_id: body.id })).body.initial_password).toBe('');
  expect((await civo.instance(network, { hostname: 'b' })).body.initial_password).toMatch(/^\S{16}$/);
});

test.each([
  ['parameter_name_invalid', { hostname: '-web' }],
  ['parameter_name_invalid', { hostname: '' }],
  ['parameter_size_missing', { size: '' }],
  ['database_size_not_found', { size: 'g3.db.small' }],
  ['database_disk_image_not_found', { template_id: 'nope' }],
  ['database_network_not_found', { network_id: 'nope' }],
  ['database_ssh_key_not_found', { ssh_key_id: 'nope' }],
  ['database_firewall_mismatch', { firewall_id: 'nope' }],
  ['database_ip_find', { reserved_ipv4: 'nope' }],
  ['database_instance_create', { private_ipv4: '10.0.0.1' }],
  ['database_instance_create', { script: 'x'.repeat(16_385) }],
])('%s: %j', async (code, wrong) => {
  expect((await civo.instance(network, wrong)).body.code).toBe(code);
  expect(civo.state.instances).toEqual([]);
});

test('two of one name in a region are refused', async () => {
  await civo.instance(network);
  expect((await civo.instance(network)).body.code).toBe('database_instance_duplicate_name');
});

test('notes, hostname and tags change in place; notes only go when it says so', async () => {
  const id = (await civo.instance(network)).body.id;
  const get = async () => (await civo.get(`/v2/instances/${id}`)).body;
  await civo.put(`/v2/instances/${id}`, {
    hostname: 'new',
    reverse_dns: '',
    notes: 'a note',
    public_ip: '1.2.3.4',
  });
  expect(await get()).toMatchObject({ hostname: 'new', notes: 'a note', public_ip: '203.0.113.20' });
  await civo.put(`/v2/instances/${id}`, { hostname: 'new', notes: '', notes_delete: 'true' });
  expect((await get()).notes).toBe('');
  await civo.put(`/v2/instances/${id}/tags`, { tags: 'red green' });
  expect((await get()).tags).toEqual(['red', 'green']);
});

test('a resize goes upward, over REBOOTING', async () => {
  const { backends, calls } = recordingBackends();
  await civo.restart({ backends, timings: { instanceBuilding: 200, instanceRebooting: 0 } });
  const id = (await civo.instance(network)).body.id;
  expect((await civo.put(`/v2/instances/${id}/resize`, { size: 'g3.medium' })).body.code).toBe(
    'instance_state_must_be_active_or_shutoff',
  );
  await civo.active(id);
  await civo.put(`/v2/instances/${id}/resize`, { size: 'g3.medium' });
  expect((await civo.active(id)).body).toMatchObject({ size: 'g3.medium', ram_mb: 4096 });
  expect(calls.find((call) => call.startsWith('machines.resize'))).toContain('"ramMb":4096');
  expect((await civo.put(`/v2/instances/${id}/resize`, { size: 'g3.small' })).body.code).toBe(
    'openstack_instance_resize',
  );
});

test('power: stop, start, reboot', async () => {
  const { backends, calls } = recordingBackends();
  await civo.restart({ backends });
  const id = (await civo.instance(network)).body.id;
  await civo.active(id);
  await civo.put(`/v2/instances/${id}/stop`, {});
  await status(id, 'SHUTOFF');
  await civo.put(`/v2/instances/${id}/start`, {});
  await status(id, 'ACTIVE');
  await civo.post(`/v2/instances/${id}/hard_reboots`, {});
  await status(id, 'ACTIVE');
  await civo.delete(`/v2/instances/${id}`);
  await civo.until(`/v2/instances/${id}`, ({ body }) => body.code === 'database_instance_find');
  const machineCalls = calls
    .filter((call) => call.startsWith('machines.'))
    .map((call) => /\.(\w+)/.exec(call)?.[1]);
  expect(machineCalls).toEqual(['create', 'stop', 'start', 'reboot', 'remove']);
});

test('the rest of what can be done to an instance is kept', async () => {
  const { id } = (await civo.instance(network)).body;
  const path = `/v2/instances/${id}`;
  await civo.put(`${path}/allowed_ips`, { allowed_ips: ['192.0.2.1'] });
  await civo.put(`${path}/network_bandwidth_limit`, { network_bandwidth_limit: 100 });
  expect((await civo.get(path)).body).toMatchObject({
    allowed_ips: ['192.0.2.1'],
    network_bandwidth_limit: 100,
  });
  for (const [method, details] of [
    ['PUT', 'enabled'],
    ['DELETE', 'disabled'],
  ] as const) {
    await civo.call(method, `${path}/recovery`);
    expect((await civo.get(`${path}/recovery`)).body).toMatchObject({ result: 'success', details });
  }
  const { body: ip } = await civo.post('/v2/ips', { name: 'address' });
  const { body: reserved } = await civo.until(`/v2/ips/${ip.id}`, ({ body }) => body.ip !== '');
  await civo.put(`${path}/ip/${reserved.ip}`, '');
  expect((await civo.get(path)).body.public_ip).toBe(reserved.ip);
});

test('deleting says DELETING right away, then the one code that means gone', async () => {
  await civo.restart({ timings: { instanceDeleting: 200 } });
  const { body } = await civo.instance(network);
  await civo.active(body.id);
  expect((await civo.delete(`/v2/instances/${body.id}`)).body.result).toBe('success');
  expect((await civo.get(`/v2/instances/${body.id}`)).body.status).toBe('DELETING');
  expect((await civo.delete(`/v2/vpc/networks/${network}`)).body.code).toBe(
    'database_network_inuse_by_instance',
  );
  await civo.until(`/v2/instances/${body.id}`, (answer) => answer.body.code === 'database_instance_find');
  expect((await civo.delete(`/v2/instances/${body.id}`)).status).toBe(404);
});

test('a machine that cannot be made leaves its instance FAILED and the API alive', async () => {
  const lines: string[] = [];
  const backends = paperBackends();
  backends.machines.create = () => Promise.reject(new Error('no disk is left'));
  await civo.restart({ backends, log: (line) => lines.push(line) });
  const id = (await civo.instance(network)).body.id;
  await status(id, 'FAILED');
  expect(lines).toEqual([expect.stringContaining('no disk is left')]);
  await civo.delete(`/v2/instances/${id}`);
  await civo.until(`/v2/instances/${id}`, ({ body }) => body.code === 'database_instance_find');
});

test('a restart finishes what was under way, and sets up the fabric again', async () => {
  const slow = { instanceBuilding: 60_000 };
  await civo.restart({ timings: slow });
  const { body } = await civo.instance(network);
  const { backends, calls } = recordingBackends();
  expect(civo.state.instances).toMatchObject([{ status: 'BUILDING' }]);
  await civo.restart({ backends, timings: { instanceBuilding: 0 } });
  await civo.active(body.id);
  expect(calls).toContain(`fabric.setPublicAddress("192.168.2.2", "203.0.113.20")`);

  await civo.restart();
  await civo.active(body.id);
  expect(calls.filter((call) => call.startsWith('machines.create'))).toHaveLength(2);
});

test("with real machines all networks share the machines' own", async () => {
  const privateNetwork = { cidr: '10.98.0.0/24', first: '10.98.0.10', last: '10.98.0.250' };
  await civo.restart({ privateNetwork });
  const other = await civo.network('other');
  expect((await civo.get(`/v2/networks/${other}`)).body.cidr).toBe('10.98.0.0/24');
  expect((await civo.instance(network)).body.private_ip).toBe('10.98.0.10');
  expect((await civo.instance(other, { hostname: 'b' })).body.private_ip).toBe('10.98.0.11');
});
