/** What the provider can take over of objects that are there already, and what it can't. */
import { TestCivo } from '../support/test-civo';
import { createStack, type Stack } from '../support/stack';

const HEAD = `
import * as civo from '@pulumi/civo';
import * as pulumi from '@pulumi/pulumi';

const config = new pulumi.Config();
const provider = new civo.Provider('civo', { region: 'LON1', apiEndpoint: config.require('api') });
const ids = config.requireObject<Record<string, string>>('ids');
const existing = (name: string, ...ignoreChanges: string[]) => ({ provider, import: ids[name]!, ignoreChanges });
`;

const PROGRAM = `${HEAD}
const network = new civo.Network('network', { label: 'net' }, existing('network'));
new civo.VpcNetwork('vpcNetwork', { label: 'net' }, existing('network'));
const rules = {
  // With the default, true, the provider refuses the import: it reads rules that nobody gave it.
  createDefaultRules: false,
  ingressRules: [{ protocol: 'tcp', action: 'allow', cidrs: ['0.0.0.0/0'], portRange: '80', label: 'web' }],
  egressRules: [{ protocol: 'udp', action: 'allow', cidrs: ['0.0.0.0/0'], portRange: '53', label: 'names' }],
  name: 'perimeter',
};
const firewall = new civo.Firewall('firewall', { ...rules, networkId: network.id }, existing('firewall'));
new civo.VpcFirewall('vpcFirewall', { ...rules, networkId: network.id }, existing('firewall'));
new civo.Instance('instance', {
  hostname: 'web', size: 'g3.small', diskImage: config.require('image'), networkId: network.id,
  firewallId: firewall.id, publicIpRequired: 'create', initialUser: 'deploy',
}, existing('instance', 'volumeType'));
new civo.Volume('volume', { name: 'data', networkId: network.id, sizeGb: 10 }, existing('volume', 'volumeType'));
new civo.ReservedIp('ip', { name: 'address' }, existing('ip'));
new civo.VpcReservedIp('vpcIp', { name: 'address' }, existing('ip'));
const domain = new civo.DnsDomainName('domain', { name: 'example.com' }, existing('domain'));
new civo.DnsDomainRecord('record', {
  domainId: domain.id, type: 'A', name: 'www', value: '203.0.113.9', ttl: 600,
}, existing('record'));
new civo.ObjectStore('store', { name: 'media', maxSizeGb: 500 }, existing('store'));
new civo.ObjectStoreCredential('credential', { name: 'media' }, existing('credential'));
new civo.Database('database', {
  name: 'db', engine: 'MySQL', version: '8.0', size: 'g3.db.small', nodes: 1, networkId: network.id,
}, existing('database'));
const cluster = new civo.KubernetesCluster('cluster', {
  name: 'cluster', networkId: network.id, firewallId: config.require('clusterFirewall'),
  pools: { nodeCount: 1, size: 'g4s.kube.small' },
}, existing('cluster'));
new civo.KubernetesNodePool('pool', {
  clusterId: cluster.id, nodeCount: 1, size: 'g4s.kube.xsmall', label: 'second',
}, existing('pool'));
`;

let civo: TestCivo;
let ids: Record<string, string>;
let config: Record<string, string>;
const stacks: Stack[] = [];

async function stackOf(program: string): Promise<Stack> {
  const stack = await createStack({
    files: { 'Pulumi.yaml': 'name: imports\nruntime: nodejs\n', 'index.ts': program },
    config: { ...config, ids },
    env: { CIVO_TOKEN: civo.api.token, CIVO_REGION: 'LON1' },
  });
  stacks.push(stack);
  return stack;
}

beforeAll(async () => {
  civo = await TestCivo.start();
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2Kb8Z7Ly0bW1ovKzIfOEA3Xn4mRr5c0QGXCT2BqTQd test';
  const made = async (path: string, body: object) => (await civo.post(path, body)).body.id;
  const network = await civo.network();
  const rule = { action: 'allow', cidr: ['0.0.0.0/0'] };
  const firewall = await made('/v2/firewalls', {
    name: 'perimeter',
    network_id: network,
    create_rules: false,
    rules: [
      { ...rule, direction: 'ingress', protocol: 'tcp', ports: '80', label: 'web' },
      { ...rule, direction: 'egress', protocol: 'udp', ports: '53', label: 'names' },
    ],
  });
  const instance = (await civo.instance(network)).body.id;
  await civo.active(instance);
  await civo.put(`/v2/instances/${instance}/firewall`, { firewall_id: firewall });
  const domain = await made('/v2/dns', { name: 'example.com' });
  const record = { type: 'A', name: 'www', value: '203.0.113.9', ttl: 600 };
  const store = await made('/v2/objectstores', { name: 'media', max_size_gb: 500 });
  const pools = [{ id: 'first', count: 1, size: 'g4s.kube.small' }];
  const cluster = await made('/v2/kubernetes/clusters', { name: 'cluster', network_id: network, pools });
  await made(`/v2/kubernetes/clusters/${cluster}/pools`, { id: 'second', count: 1, size: 'g4s.kube.xsmall' });
  const database = { name: 'db', software: 'MySQL', size: 'g3.db.small', network_id: network };
  const volume = { name: 'data', network_id: network, size_gb: 10 };
  const subnet = await made(`/v2/networks/${network}/subnets`, { name: 'inner' });
  const ip = await made('/v2/ips', { name: 'address' });
  ids = {
    network,
    firewall,
    instance,
    sshKey: await made('/v2/sshkeys', { name: 'deploy', public_key: key }),
    volume: await made('/v2/volumes', volume),
    ip,
    domain: 'example.com',
    record: `${domain}:${await made(`/v2/dns/${domain}/records`, record)}`,
    store,
    credential: civo.state.objectStoreCredentials[0]?.id ?? '',
    database: await made('/v2/databases', database),
    cluster,
    pool: `${cluster}:second`,
    subnet,
    attachment: `${instance}-data`,
    assignment: `${instance}-${ip}`,
  };
  await civo.until(`/v2/kubernetes/clusters/${cluster}`, ({ body }) => body.status === 'ACTIVE');
  const images = await civo.list('/v2/disk_images');
  config = {
    api: civo.api.url,
    key,
    image: images.find(({ name }) => name === 'debian-13')?.id ?? '',
    clusterFirewall: civo.state.clusters[0]?.firewall_id ?? '',
  };
}, 900_000);

afterAll(async () => {
  for (const stack of stacks) stack.remove();
  await civo.stop();
});

test('each kind with an importer is taken over, and has nothing to change then', async () => {
  const before = civo.state;
  const stack = await stackOf(PROGRAM);
  const { changes, events } = await stack.up();
  const updated = events
    .flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? [])
    .filter(({ op }) => op === 'update');
  expect(updated.map(({ urn, diffs }) => [urn.split('::').at(-1), diffs])).toEqual([
    // Found by asking region after region, and noted where a program for one region doesn't name it: nothing is sent.
    ['volume', ['region']],
  ]);
  expect(changes).toEqual({ create: 2, import: 15, update: 1 });
  expect(civo.state).toEqual(before);
  await stack.preview({ expectNoChanges: true });
}, 60_000);

test.each([
  // The key itself is never read, so it would be replaced; and ignoring that leaves out what is required.
  [
    'an SSH key',
    `new civo.SshKey('it', { name: 'deploy', publicKey: config.require('key') }, existing('sshKey'));`,
    /may not be replaced.*\n\s*publicKey:/,
  ],
  [
    'an SSH key, its difference ignored',
    `new civo.SshKey('it', { name: 'deploy', publicKey: config.require('key') }, existing('sshKey', 'publicKey'));`,
    'The argument "public_key" is required',
  ],
  // Which network it is of isn't part of its id, and without that it can't be read.
  [
    'a subnet',
    `new civo.VpcSubnet('it', { name: 'inner', networkId: ids.network! }, existing('subnet'));`,
    'may not be replaced',
  ],
  [
    'a volume’s attachment',
    `new civo.VolumeAttachment('it', { instanceId: ids.instance!, volumeId: ids.volume! }, existing('attachment'));`,
    "civo_volume_attachment doesn't support import",
  ],
  [
    'a reserved IP’s assignment',
    `new civo.InstanceReservedIpAssignment('it', { instanceId: ids.instance!, reservedIpId: ids.ip! }, existing('assignment'));`,
    "civo_instance_reserved_ip_assignment doesn't support import",
  ],
  [
    'a reserved IP’s assignment, by its other name',
    `new civo.VpcReservedIpAssignment('it', { instanceId: ids.instance!, reservedIpId: ids.ip! }, existing('assignment'));`,
    "civo_vpc_reserved_ip_assignment doesn't support import",
  ],
])(
  '%s can’t be',
  async (_kind, resource, refusal) => {
    const stack = await stackOf(HEAD + resource);
    await expect(stack.up()).rejects.toThrow(refusal);
  },
  60_000,
);
