/**
 * What a program must live with: habits of the provider that show when others change things, or when something fails,
 * on a local Civo that takes its time.
 */
import { DEFAULT_TIMINGS } from '../../local/civo';
import { DEFAULT_VOLUME_TYPE, DISK_IMAGES } from '../../local/civo/catalogue';
import { TestCivo } from '../support/test-civo';
import { PROGRAM, row } from '../support/civo-kinds/table';
import { createStack, type Stack } from '../support/stack';

jest.setTimeout(120_000);

const rule = { protocol: 'tcp', action: 'allow', cidrs: ['0.0.0.0/0'] };
const volume = { name: 'data', networkId: '${network.id}', sizeGb: 10, volumeType: DEFAULT_VOLUME_TYPE };

const ROWS = [
  row({ name: 'network', type: 'Network', args: { label: 'net' } }),
  row({
    name: 'firewall',
    type: 'Firewall',
    args: {
      name: 'perimeter',
      networkId: '${network.id}',
      createDefaultRules: false,
      ingressRules: [
        { ...rule, label: 'ssh', portRange: '22', cidrs: ['10.0.0.0/8'] },
        { ...rule, label: 'web', portRange: '80' },
        { ...rule, label: 'ping', protocol: 'icmp' },
      ],
      egressRules: [
        { ...rule, label: 'tcp', portRange: '1-65535' },
        { ...rule, label: 'udp', protocol: 'udp', portRange: '1-65535' },
      ],
    },
  }),
  row({
    name: 'instance',
    type: 'Instance',
    args: {
      hostname: 'web',
      size: 'g3.small',
      diskImage: DISK_IMAGES[0]?.id ?? '',
      networkId: '${network.id}',
      firewallId: '${firewall.id}',
      publicIpRequired: 'create',
      volumeType: DEFAULT_VOLUME_TYPE,
    },
  }),
  row({ name: 'ip', type: 'ReservedIp', args: { name: 'address' } }),
  row({
    name: 'assignment',
    type: 'InstanceReservedIpAssignment',
    args: { instanceId: '${instance.id}', reservedIpId: '${ip.id}' },
  }),
  row({ name: 'volume', type: 'Volume', args: volume }),
  row({
    name: 'attachment',
    type: 'VolumeAttachment',
    args: { instanceId: '${instance.id}', volumeId: '${volume.id}' },
  }),
];
const LONELY = row({ name: 'lonely', type: 'Network', args: { label: 'lonely' } });

let civo: TestCivo;
let stack: Stack;

beforeAll(async () => {
  civo = await TestCivo.start({ timings: DEFAULT_TIMINGS });
  stack = await createStack({
    files: {
      'Pulumi.yaml': 'name: habits\nruntime:\n  name: nodejs\n  options: { typescript: false }\n',
      'index.js': PROGRAM,
    },
    config: { api: civo.api.url, rows: [...ROWS, LONELY] },
    env: { CIVO_TOKEN: civo.api.token, CIVO_REGION: 'LON1' },
  });
}, 900_000);

afterAll(async () => {
  await civo.stop();
  stack.remove();
});

/** The rules of the program's firewall, and the path to them. */
function perimeter() {
  const firewall = civo.state.firewalls.find(({ name }) => name === 'perimeter');
  const rules = firewall?.rules ?? [];
  return {
    rules,
    ingress: rules.filter(({ direction }) => direction === 'ingress'),
    path: rulesOf(firewall?.id),
  };
}
const rulesOf = (id = '') => `/v2/firewalls/${id}/rules`;

test('it comes up, and then has nothing to change', async () => {
  expect((await stack.up()).changes).toEqual({ create: ROWS.length + 3 }); // the provider, the lonely one, the stack
  expect(civo.state.instances).toMatchObject([
    { status: 'ACTIVE', public_ip: civo.state.reservedIps[0]?.address },
  ]);
  await stack.preview({ expectNoChanges: true });
});

test('a refresh finds what is there; another one right behind it fails until an up has come between', async () => {
  expect((await stack.refresh()).changes).toEqual({ same: ROWS.length + 3 });
  await stack.preview({ expectNoChanges: true });
  // Reading a firewall back, the bridge pairs the rules of a set with the program's by position. Where one has ports
  // and the other none (icmp), the state is left with a tcp rule without ports, which the provider refuses.
  await expect(stack.refresh()).rejects.toThrow('ports of ingress rules is required');
  await stack.up();
});

test('rules that others add and remove are put right', async () => {
  const { path, ingress } = perimeter();
  await civo.delete(`${path}/${String(ingress.find(({ label }) => label === 'web')?.id)}`);
  const intruder = {
    protocol: 'tcp',
    ports: '25',
    cidr: ['0.0.0.0/0'],
    direction: 'ingress',
    label: 'intruder',
  };
  await civo.post(path, intruder);
  expect((await stack.refresh()).changes).toMatchObject({ update: 1 });
  expect((await stack.up()).changes).toMatchObject({ update: 1 });
  expect(
    perimeter()
      .ingress.map(({ label }) => label)
      .sort(),
  ).toEqual(['ping', 'ssh', 'web']);
});

test('rules of one direction that all vanish are never missed', async () => {
  const { path, ingress } = perimeter();
  for (const { id } of ingress) await civo.delete(`${path}/${id}`);
  await stack.refresh();
  await stack.preview({ expectNoChanges: true });
  expect(perimeter().ingress).toEqual([]);
  for (const lost of ingress) await civo.post(path, lost);
  await stack.up();
});

test('a resize that is refused leaves the volume detached, and the next refresh and up attach it again', async () => {
  const smaller = { ...volume, sizeGb: 5 };
  await stack.setConfig({
    rows: [...ROWS.map((one) => (one.name === 'volume' ? { ...one, args: smaller } : one)), LONELY],
  });
  await expect(stack.up()).rejects.toThrow('ParameterVolumeSizeMustIncreaseError');
  expect(civo.state.volumes).toMatchObject([{ status: 'available', size_gb: 10 }]);
  await stack.setConfig({ rows: [...ROWS, LONELY] });
  expect((await stack.refresh()).changes).toMatchObject({ delete: 1 });
  expect((await stack.up()).changes).toMatchObject({ create: 1 });
  expect(civo.state.volumes).toMatchObject([{ status: 'attached' }]);
});

test('a network that has gone is kept, without its label, and can be neither changed nor deleted', async () => {
  await civo.delete(
    `/v2/networks/${String(civo.state.networks.find(({ label }) => label === 'lonely')?.id)}`,
  );
  expect((await stack.refresh()).changes.delete).toBeUndefined();
  await expect(stack.up()).rejects.toThrow('An error occurred while renaming the network');
  await stack.setConfig({ rows: ROWS });
  await expect(stack.up()).rejects.toThrow('DatabaseNetworkNotFoundError');
  const { deployment } = await stack.export();
  const lonely = deployment.resources?.find(({ urn }) => urn.endsWith('::lonely'));
  await stack.run(['state', 'delete', lonely?.urn ?? '', '--yes']);
});

test('an address that others unassign fails each refresh until it is assigned again', async () => {
  const { reservedIps, instances } = civo.state;
  const ip = `/v2/ips/${String(reservedIps[0]?.id)}`;
  const held = (id = '') => civo.until(ip, ({ body }) => body.assigned_to.id === id);
  await civo.post(`${ip}/actions`, { action: 'unassign' });
  await held();
  await expect(stack.refresh()).rejects.toThrow('is not assigned to the instance');
  const id = instances[0]?.id;
  await civo.post(`${ip}/actions`, { action: 'assign', assign_to_id: id, assign_to_type: 'instance' });
  await held(id);
  await stack.up();
  await stack.refresh();
});

test('destroy meets the firewall that is still in use, and leaves nothing the second time', async () => {
  await expect(stack.destroy()).rejects.toThrow('database_firewall_inuse_by_instance');
  const last = Math.max(...civo.state.ghosts.map(({ until }) => until));
  while (Date.now() < last) await new Promise((resolve) => setTimeout(resolve, 100));
  await stack.destroy();
  expect(civo.state.ledger.filter(({ to }) => to === undefined)).toEqual([]);
});
