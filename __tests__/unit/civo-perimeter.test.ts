import { recordingBackends, TestCivo } from '../support/test-civo';

let civo: TestCivo;
beforeEach(async () => {
  civo = await TestCivo.start();
});
afterEach(() => civo.stop());

const rule = (more: object = {}) => ({
  protocol: 'tcp',
  start_port: '',
  end_port: '',
  cidr: ['0.0.0.0/0'],
  direction: 'ingress',
  action: 'allow',
  label: 'web',
  ports: '80-443',
  ...more,
});

describe('networks', () => {
  test('each region has a default one, which stays', async () => {
    const [network] = await civo.list('/v2/networks?region=NYC1');
    expect(network).toMatchObject({ default: true, label: 'Default', cidr: '192.168.1.0/24' });
    expect(await civo.delete(`/v2/networks/${network?.id ?? ''}?region=NYC1`)).toMatchObject({
      status: 409,
      body: { code: 'network_delete_default' },
    });
  });

  test('have the CIDR that was asked for, or the next free one; their labels are unique', async () => {
    const first = await civo.network('first');
    const { body } = await civo.post('/v2/vpc/networks', { label: 'second', cidr_v4: '10.1.0.0/16' });
    expect((await civo.get(`/v2/vpc/networks/${first}`)).body).toMatchObject({ cidr: '192.168.2.0/24' });
    expect((await civo.get(`/v2/networks/${body.id}`)).body).toMatchObject({ cidr: '10.1.0.0/16' });
    expect((await civo.post('/v2/networks', { label: 'first' })).body.code).toBe(
      'database_network_duplicate_name',
    );
    expect((await civo.post('/v2/networks', { label: 'a b' })).body.code).toBe('parameter_label_invalid');
  });

  test('keep what an update leaves empty', async () => {
    const id = await civo.network();
    await civo.put(`/v2/vpc/networks/${id}`, { label: 'renamed', nameservers_v4: null });
    await civo.put(`/v2/vpc/networks/${id}`, { label: '', nameservers_v4: ['9.9.9.9'] });
    expect((await civo.get(`/v2/vpc/networks/${id}`)).body).toMatchObject({
      label: 'renamed',
      nameservers_v4: ['9.9.9.9'],
    });
  });

  test('take their hidden firewall along, and no other', async () => {
    const id = await civo.network();
    const { body: firewall } = await civo.post('/v2/vpc/firewalls', { name: 'mine', network_id: id });
    expect((await civo.delete(`/v2/vpc/networks/${id}`)).body.code).toBe(
      'database_network_inuse_by_firewall',
    );
    await civo.delete(`/v2/vpc/firewalls/${firewall.id}`);
    expect((await civo.delete(`/v2/vpc/networks/${id}`)).body.result).toBe('success');
    expect((await civo.get(`/v2/vpc/networks/${id}`)).body.code).toBe('database_network_not_found');
    expect((await civo.get('/v2/firewalls')).body).toMatchObject([
      { name: 'Default (all open)', rules_count: 3 },
    ]);
  });
});

describe('firewalls', () => {
  test('come with the six open rules, unless that is refused', async () => {
    const network = await civo.network();
    await civo.post('/v2/vpc/firewalls', {
      name: 'closed',
      network_id: network,
      create_rules: false,
      rules: [rule()],
    });
    const list = await civo.list('/v2/vpc/firewalls');
    expect(list.find((firewall) => firewall.name === 'net-default')?.rules).toHaveLength(6);
    expect(list.find((firewall) => firewall.name === 'closed')?.rules).toMatchObject([
      { ports: '80-443', start_port: '80', end_port: '443', label: 'web', cidr: ['0.0.0.0/0'] },
    ]);
  });

  test('have names of their own in the whole account', async () => {
    const network = await civo.network();
    const again = await civo.post('/v2/vpc/firewalls', { name: 'net-default', network_id: network });
    expect(again).toMatchObject({ status: 409, body: { code: 'database_firewall_duplicate_name' } });
  });

  test.each([
    { ports: '' },
    { ports: '0' },
    { ports: '443-80' },
    { ports: '70000' },
    { cidr: [] },
    { cidr: ['1.2.3.4'] },
    { protocol: 'gre' },
    { direction: 'in' },
    { action: 'drop' },
  ])('refuse the rule %j', async (wrong) => {
    const network = await civo.network();
    const body = { name: 'wrong', network_id: network, create_rules: false, rules: [rule(wrong)] };
    expect((await civo.post('/v2/firewalls', body)).body.code).toBe('database_firewall_rules_invalid_params');
  });

  test('change at every instance that has them', async () => {
    const { backends, calls } = recordingBackends();
    await civo.restart({ backends });
    const network = await civo.network();
    const { body: instance } = await civo.instance(network);
    await civo.active(instance.id);
    const { body: firewall } = await civo.post('/v2/vpc/firewalls', {
      name: 'perimeter',
      network_id: network,
      create_rules: false,
      rules: [rule({ ports: '22' })],
    });
    await civo.put(`/v2/instances/${instance.id}/firewall`, { firewall_id: firewall.id });
    const set = () => calls.filter((call) => call.startsWith('fabric.setFirewall'));
    expect(set()[0]).toContain('1-65535');
    expect(set().at(-1)).toContain('"ports":"22"');
    const { body: added } = await civo.post(
      `/v2/vpc/firewalls/${firewall.id}/rules`,
      rule({ ports: '8080' }),
    );
    expect(set().at(-1)).toContain('"ports":"8080"');
    await civo.delete(`/v2/vpc/firewalls/${firewall.id}/rules/${added.id}`);
    expect(set().at(-1)).not.toContain('8080');
  });

  test('of another network do not fit an instance', async () => {
    const { body: instance } = await civo.instance(await civo.network());
    const { body: firewall } = await civo.post('/v2/vpc/firewalls', {
      name: 'x',
      network_id: await civo.network('b'),
    });
    const answer = await civo.put(`/v2/instances/${instance.id}/firewall`, { firewall_id: firewall.id });
    expect(answer.body.code).toBe('database_firewall_mismatch');
  });

  test('and networks count an instance for a while after it is gone', async () => {
    await civo.restart({ timings: { inUseLag: 300, instanceDeleting: 0, instanceBuilding: 0 } });
    const network = await civo.network();
    const { body: instance } = await civo.instance(network);
    const firewall = instance.firewall_id;
    await civo.delete(`/v2/instances/${instance.id}`);
    await civo.until(`/v2/instances/${instance.id}`, ({ body }) => body.code === 'database_instance_find');
    expect(await civo.delete(`/v2/vpc/firewalls/${firewall}`)).toMatchObject({
      status: 409,
      body: { code: 'database_firewall_inuse_by_instance' },
    });
    expect((await civo.delete(`/v2/vpc/networks/${network}`)).body.code).toBe(
      'database_network_inuse_by_instance',
    );
    await civo.until(`/v2/firewalls/${firewall}`, ({ body }) => body.instance_count === 0);
    expect((await civo.delete(`/v2/vpc/networks/${network}`)).body.result).toBe('success');
  });
});

describe('reserved IPs', () => {
  const reserve = async (name: string) => (await civo.post('/v2/vpc/ips', { name })).body.id;
  const assign = (ip: string, instance: string) =>
    civo.post(`/v2/vpc/ips/${ip}/actions`, {
      action: 'assign',
      assign_to_id: instance,
      assign_to_type: 'instance',
    });

  test('get their address a moment later', async () => {
    await civo.restart({ timings: { reservedIpAllocation: 200 } });
    const id = await reserve('web');
    expect((await civo.get(`/v2/vpc/ips/${id}`)).body).toMatchObject({ name: 'web', ip: '' });
    const { body } = await civo.until(`/v2/ips/${id}`, (answer) => answer.body.ip !== '');
    expect(body.ip).toMatch(/^203\.0\.113\.\d+$/);
  });

  test('replace the address of an instance, which has none when they leave', async () => {
    const { body: instance } = await civo.instance(await civo.network());
    const before = instance.public_ip;
    const id = await reserve('web');
    await assign(id, instance.id);
    const { body: assigned } = await civo.until(
      `/v2/ips/${id}`,
      ({ body }) => body.assigned_to.id === instance.id,
    );
    expect(assigned.assigned_to).toMatchObject({ type: 'instance', name: 'web' });
    expect((await civo.get(`/v2/instances/${instance.id}`)).body).toMatchObject({
      public_ip: assigned.ip,
      reserved_ip: assigned.ip,
    });
    expect((await civo.delete(`/v2/vpc/ips/${id}`)).status).toBe(409);

    // The address that the instance had before is free for the next one.
    const other = await reserve('other');
    expect((await civo.until(`/v2/ips/${other}`, ({ body }) => body.ip !== '')).body.ip).toBe(before);

    for (let twice = 0; twice < 2; twice += 1) {
      expect((await civo.post(`/v2/ips/${id}/actions`, { action: 'unassign' })).body.result).toBe('success');
      await civo.until(`/v2/ips/${id}`, ({ body }) => body.assigned_to.id === '');
    }
    expect((await civo.get(`/v2/instances/${instance.id}`)).body.public_ip).toBe('');
    expect((await civo.delete(`/v2/vpc/ips/${id}`)).body.result).toBe('success');
  });

  test('are one for each instance, and one instance for each', async () => {
    const network = await civo.network();
    const one = (await civo.instance(network)).body.id;
    const two = (await civo.instance(network, { hostname: 'two' })).body.id;
    const first = await reserve('first');
    const second = await reserve('second');
    await assign(first, one);
    expect((await assign(second, one)).body.code).toBe('database_cannot_move_ip');
    expect((await assign(first, two)).body.code).toBe('database_cannot_move_ip');
  });

  test('move at once to an instance that is made with them', async () => {
    const network = await civo.network();
    const id = await reserve('web');
    const { body: one } = await civo.instance(network, { reserved_ipv4: 'web' });
    const { body: two } = await civo.instance(network, { hostname: 'two', reserved_ipv4: id });
    expect(two.public_ip).toBe(one.public_ip);
    expect((await civo.get(`/v2/instances/${one.id}`)).body.public_ip).toBe('');
  });

  test('outlive their instance', async () => {
    const { body: instance } = await civo.instance(await civo.network());
    const id = await reserve('web');
    await assign(id, instance.id);
    await civo.until(`/v2/ips/${id}`, ({ body }) => body.assigned_to.id !== '');
    await civo.delete(`/v2/instances/${instance.id}`);
    await civo.until(`/v2/ips/${id}`, ({ body }) => body.assigned_to.id === '');
    expect((await civo.delete(`/v2/vpc/ips/${id}`)).body.result).toBe('success');
  });

  test('run out', async () => {
    await civo.restart({ addressPool: { first: '203.0.113.20', last: '203.0.113.20' } });
    await reserve('only');
    expect((await civo.post('/v2/ips', { name: 'more' })).body.code).toBe('out_of_capacity');
  });
});
