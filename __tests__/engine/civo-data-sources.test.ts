/** Every data source of the provider, against objects of another origin. */
import * as civoSdk from '@pulumi/civo';

import { TestCivo } from '../support/test-civo';
import { createStack, type Stack } from '../support/stack';

const PROGRAM = `
import * as civo from '@pulumi/civo';
import * as pulumi from '@pulumi/pulumi';

const provider = new civo.Provider('civo', { region: 'LON1', apiEndpoint: new pulumi.Config().require('api') });
const opts = { provider };
const equal = (key: string, ...values: string[]) => ({ filters: [{ key, values }] });
const get = async () => {
  const network = await civo.getNetwork({ label: 'net' }, opts);
  const domain = await civo.getDnsDomainName({ name: 'example.com' }, opts);
  const store = await civo.getObjectStore({ name: 'media' }, opts);
  return {
    region: (await civo.getRegion({ ...equal('default', 'true') }, opts)).regions.map(({ code }) => code),
    size: (await civo.getSize(equal('name', 'g3.large'), opts)).sizes.map(({ cpu, ram, disk, type }) => [type, cpu, ram, disk]),
    diskImage: (await civo.getDiskImage(equal('name', 'ubuntu-noble'), opts)).diskimages.map(({ version }) => version),
    databaseVersion: (await civo.getDatabaseVersion(equal('engine', 'mysql'), opts)).versions.map(({ version }) => version),
    kubernetesVersion: (await civo.getKubernetesVersion({ ...equal('type', 'k3s') }, opts)).versions.length,
    network: network.label,
    vpcNetwork: (await civo.getVpcNetwork({ id: network.id }, opts)).name,
    subnet: (await civo.getVpcSubnet({ networkId: network.id!, name: 'inner' }, opts)).status,
    firewall: (await civo.getFirewall({ name: 'net-default' }, opts)).networkId === network.id,
    vpcFirewall: (await civo.getVpcFirewall({ name: 'net-default' }, opts)).region,
    sshKey: (await civo.getSshKey({ name: 'deploy' }, opts)).fingerprint?.slice(0, 7),
    instance: (await civo.getInstance({ hostname: 'web' }, opts)).status,
    instances: (await civo.getInstances(equal('hostname', 'web'), opts)).instances.map(({ size }) => size),
    volume: (await civo.getVolume({ name: 'data' }, opts)).sizeGb,
    reservedIp: (await civo.getReservedIp({ name: 'address' }, opts)).instanceName,
    vpcReservedIp: (await civo.getVpcReservedIp({ name: 'address' }, opts)).ip,
    domain: domain.name,
    record: (await civo.getDnsDomainRecord({ domainId: domain.id!, name: 'www' }, opts)).value,
    store: [store.maxSizeGb, store.status],
    // The documented way to a store's own credential: by its access key.
    credential: (await civo.getObjectStoreCredential({ id: store.accessKeyId! }, opts)).name,
    database: (await civo.getDatabase({ name: 'db' }, opts)).engine,
    cluster: (await civo.getKubernetesCluster({ name: 'cluster' }, opts)).status,
    balancer: (await civo.getLoadbalancer({ name: 'front' }, opts)).algorithm,
    vpcBalancer: (await civo.getVpcLoadbalancer({ name: 'front' }, opts)).backends.map(({ ip }) => ip),
  };
};
export const found = get();
`;

let civo: TestCivo;
let stack: Stack;

beforeAll(async () => {
  civo = await TestCivo.start({ maxPageSize: 1 });
  stack = await createStack({
    files: { 'Pulumi.yaml': 'name: sources\nruntime: nodejs\n', 'index.ts': PROGRAM },
    config: { api: civo.api.url },
    env: { CIVO_TOKEN: civo.api.token, CIVO_REGION: 'LON1' },
  });
}, 900_000);

afterAll(async () => {
  await civo.stop();
  stack.remove();
});

test('the program asks for each data source that the provider has', () => {
  const sources = Object.keys(civoSdk).filter((name) => /^get.*(?<!Output)$/.test(name));
  expect(sources).toHaveLength(24);
  expect(sources.filter((name) => !PROGRAM.includes(`civo.${name}(`))).toEqual([]);
});

test('each data source finds its object', async () => {
  const network = await civo.network();
  await civo.post(`/v2/vpc/networks/${network}/subnets`, { name: 'inner' });
  await civo.post('/v2/sshkeys', {
    name: 'deploy',
    public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2Kb8Z7Ly0bW1ovKzIfOEA3Xn4mRr5c0QGXCT2BqTQd test',
  });
  const { body: instance } = await civo.instance(network);
  await civo.active(instance.id);
  await civo.post('/v2/volumes', { name: 'data', network_id: network, size_gb: 10 });
  const { body: ip } = await civo.post('/v2/ips', { name: 'address' });
  await civo.post(`/v2/ips/${ip.id}/actions`, {
    action: 'assign',
    assign_to_id: instance.id,
    assign_to_type: 'instance',
  });
  const { body: domain } = await civo.post('/v2/dns', { name: 'example.com' });
  await civo.post(`/v2/dns/${domain.id}/records`, { type: 'A', name: 'www', value: '203.0.113.9', ttl: 600 });
  const { body: store } = await civo.post('/v2/objectstores', { name: 'media', max_size_gb: 500 });
  await civo.until(`/v2/objectstores/${store.id}`, ({ body }) => body.status === 'ready');
  await civo.post('/v2/databases', {
    name: 'db',
    software: 'MySQL',
    size: 'g3.db.small',
    network_id: network,
  });
  const pools = [{ id: 'first', count: 1, size: 'g4s.kube.small' }];
  const { body: cluster } = await civo.post('/v2/kubernetes/clusters', {
    name: 'cluster',
    network_id: network,
    pools,
  });
  await civo.until(`/v2/kubernetes/clusters/${cluster.id}`, ({ body }) => body.status === 'ACTIVE');
  await civo.post('/v2/loadbalancers', {
    name: 'front',
    network_id: network,
    backends: [{ ip: '192.168.1.9', source_port: 80, target_port: 8080 }],
  });

  await stack.up();
  expect((await stack.outputs()).found).toEqual({
    region: ['LON1'],
    size: [['instance', 4, 8192, 100]],
    diskImage: ['24.04'],
    databaseVersion: ['8.0'],
    kubernetesVersion: 2,
    network: 'net',
    vpcNetwork: expect.stringMatching(/^cust-.*-net$/) as string,
    subnet: 'Active',
    firewall: true,
    vpcFirewall: 'LON1',
    sshKey: 'SHA256:',
    instance: 'ACTIVE',
    instances: ['g3.small'],
    volume: 10,
    reservedIp: 'web',
    vpcReservedIp: '203.0.113.21',
    domain: 'example.com',
    record: '203.0.113.9',
    store: [500, 'ready'],
    credential: 'media',
    database: 'MySQL',
    cluster: 'ACTIVE',
    balancer: 'round_robin',
    vpcBalancer: ['192.168.1.9'],
  });
}, 60_000);
