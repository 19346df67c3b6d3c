import { TestCivo } from '../support/test-civo';

let civo: TestCivo;
let network: string;
let instance: string;
beforeEach(async () => {
  civo = await TestCivo.start();
  network = await civo.network();
  instance = (await civo.instance(network)).body.id;
  await civo.active(instance);
});
afterEach(() => civo.stop());

const make = (more: object = {}) =>
  civo.post('/v2/volumes', { name: 'data', network_id: network, size_gb: 10, volume_type: '', ...more });
const reaches = (id: string, wanted: string) =>
  civo.until(`/v2/volumes/${id}`, ({ body }) => body.status === wanted);
const available = async (more: object = {}) => {
  const { id } = (await make(more)).body;
  await reaches(id, 'available');
  return id;
};
const attach = (id: string, to = instance) => civo.put(`/v2/volumes/${id}/attach`, { instance_id: to });
const attached = async () => {
  const id = await available();
  await attach(id);
  await reaches(id, 'attached');
  return id;
};

test('a volume is creating, then available, and has a type by default', async () => {
  await civo.restart({ timings: { volumeCreating: 500 } });
  const { id } = (await make()).body;
  expect((await civo.get(`/v2/volumes/${id}`)).body).toMatchObject({
    name: 'data',
    network_id: network,
    status: 'creating',
    size_gb: 10,
    instance_id: '',
    volume_type: 'ms-xfs-2-replicas',
    mountpoint: '',
    bootable: false,
  });
  await reaches(id, 'available');
  expect(await civo.list('/v2/volumes')).toMatchObject([{ id }]);
  expect(await civo.list('/v2/volumes?region=FRA1')).toEqual([]);
});

test('the types are listed, and a volume has the one that was asked for', async () => {
  expect((await civo.list('/v2/volumetypes')).map(({ name }) => name)).toEqual([
    'ms-xfs-2-replicas',
    'csi-s3',
  ]);
  const id = await available({ volume_type: 'csi-s3' });
  expect((await civo.get(`/v2/volumes/${id}`)).body).toMatchObject({ volume_type: 'csi-s3' });
});

test.each([
  ['volume_invalid_size', { size_gb: 0 }],
  ['volume_invalid_size', { size_gb: 1.5 }],
  ['volume_invalid_type', { volume_type: 'gold' }],
  ['database_network_not_found', { network_id: 'nope' }],
  ['parameter_value_missing', { name: '' }],
  ['quota_limit_reached', { size_gb: 100_000 }],
])('%s: %j', async (code, wrong) => {
  expect((await make(wrong)).body.code).toBe(code);
  expect(civo.state.volumes).toEqual([]);
});

test('names are unique', async () => {
  await make();
  expect((await make()).body.code).toBe('database_volume_duplicate_name');
});

test('an attachment takes a while each way, and is shown by both sides', async () => {
  await civo.restart({ timings: { volumeAttaching: 500, volumeDetaching: 500 } });
  const id = await available();
  await attach(id);
  // The provider fails if it still says "available".
  expect((await civo.get(`/v2/volumes/${id}`)).body).toMatchObject({
    status: 'attaching',
    instance_id: instance,
  });
  await reaches(id, 'attached');
  expect((await civo.get(`/v2/instances/${instance}`)).body).toMatchObject({ attached_volumes: [{ id }] });
  await civo.put(`/v2/volumes/${id}/detach`, {});
  expect((await civo.get(`/v2/volumes/${id}`)).body.status).toBe('attached');
  await reaches(id, 'available');
});

test('an instance that is not settled gets no volume', async () => {
  await civo.restart({ timings: { instanceBuilding: 5_000 } });
  const id = await available();
  const { body: second } = await civo.instance(network, { hostname: 'two' });
  expect((await attach(id, second.id)).body.code).toBe('instance_state_must_be_active_or_shutoff');
});

test('a volume is attached to one instance, of its own network', async () => {
  const id = await attached();
  expect((await attach(id)).body.code).toBe('database_volume_cannot_multiple_attach');
  expect((await attach(id, 'nope')).body.code).toBe('database_instance_find');
  const elsewhere = await available({ name: 'b', network_id: await civo.network('b') });
  expect((await attach(elsewhere)).body.code).toBe('volume_invalid_network');
  expect((await civo.put(`/v2/volumes/${elsewhere}/detach`, {})).body.code).toBe(
    'database_volume_not_attached',
  );
});

test('an attached volume neither grows nor goes; a detached one does both, and never shrinks', async () => {
  const id = await attached();
  const resize = (size: number) => civo.put(`/v2/volumes/${id}/resize`, { size_gb: size });
  expect((await resize(20)).body.code).toBe('database_volume_still_attached_cannot_resize');
  expect((await civo.delete(`/v2/volumes/${id}`)).body.code).toBe('database_volume_delete_failed');
  await civo.put(`/v2/volumes/${id}/detach`, {});
  await reaches(id, 'available');
  expect((await resize(10)).body.code).toBe('parameter_volume_size_must_increase');
  expect((await resize(20)).body.result).toBe('success');
  expect((await civo.get(`/v2/volumes/${id}`)).body.size_gb).toBe(20);
  expect((await civo.delete(`/v2/volumes/${id}`)).body.result).toBe('success');
  expect((await civo.get(`/v2/volumes/${id}`)).body.code).toBe('database_volume_not_found');
});

test('a volume outlives its instance', async () => {
  const id = await attached();
  await civo.delete(`/v2/instances/${instance}`);
  const { body } = await reaches(id, 'available');
  expect(body.instance_id).toBe('');
});

test('a restart finishes what was under way', async () => {
  const slow = { volumeCreating: 60_000, volumeAttaching: 60_000, volumeDetaching: 60_000 };
  const quick = { volumeCreating: 0, volumeAttaching: 0, volumeDetaching: 0 };
  await civo.restart({ timings: slow });
  const { id } = (await make()).body;
  await civo.restart({ timings: quick });
  await reaches(id, 'available');
  await civo.restart({ timings: slow });
  await attach(id);
  await civo.restart({ timings: quick });
  await reaches(id, 'attached');
  await civo.restart({ timings: slow });
  await civo.put(`/v2/volumes/${id}/detach`, {});
  await civo.restart({ timings: quick });
  await reaches(id, 'available');
});
