import { settled } from '../../cli/deploy/mend';
import type { WholeResource } from '../../cli/lib/state-backups';
import { TestCivo } from '../support/test-civo';

const urn = (kind: string, name: string) => `urn:pulumi:prod::mastodon-on-civo::civo:index/${kind}::${name}`;
const PROVIDER = 'urn:pulumi:prod::mastodon-on-civo::pulumi:providers:civo::civo';

let civo: TestCivo;
let network: string;
const token = process.env.CIVO_TOKEN;

beforeAll(async () => {
  jest.spyOn(console, 'log').mockReturnValue();
  civo = await TestCivo.start();
  process.env.CIVO_TOKEN = civo.api.token;
  network = await civo.network();
});

afterAll(async () => {
  if (token === undefined) delete process.env.CIVO_TOKEN;
  else process.env.CIVO_TOKEN = token;
  await civo.stop();
});

const provider = (): WholeResource => ({
  urn: PROVIDER,
  id: 'p',
  type: 'pulumi:providers:civo',
  inputs: { region: 'LON1', apiEndpoint: civo.api.url },
});

function resource(kind: string, name: string, more: Partial<WholeResource> = {}): WholeResource {
  const type = `civo:index/${kind}:${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  return { urn: urn(kind, name), type, custom: true, provider: `${PROVIDER}::p`, ...more };
}

const instance = (id: string, hostname: string, more: Partial<WholeResource> = {}) =>
  resource('instance', 'it', { id, inputs: { hostname }, ...more });

test('what was made in the place of another one comes behind what it needs, and the other one is to be deleted', async () => {
  const made = (await civo.instance(network, { hostname: 'it-2' })).body.id;
  await civo.active(made);
  const key = resource('sshKey', 'key', { id: 'k' });
  const assignment = resource('instanceReservedIpAssignment', 'it', { id: 'a' });
  const { mended, toRead } = await settled({
    resources: [provider(), instance('old', 'it-1'), key, assignment],
    pending_operations: [
      {
        type: 'creating',
        resource: resource('instance', 'it', { inputs: { hostname: 'it-2' }, dependencies: [key.urn] }),
      },
    ],
  });
  expect(mended.pending_operations).toBeUndefined();
  expect(mended.resources).toMatchObject([
    { urn: PROVIDER },
    { id: 'old', delete: true },
    { id: 'k' },
    { id: made, refreshBeforeUpdate: true, outputs: { hostname: 'it-2', instanceId: made } },
    { id: 'a' },
  ]);
  expect(toRead).toEqual([urn('instance', 'it')]);
});

test('what was not made is taken off the list', async () => {
  const { mended, toRead } = await settled({
    resources: [provider()],
    pending_operations: [{ type: 'creating', resource: instance('', 'never') }],
  });
  expect([mended, toRead]).toEqual([{ resources: [provider()] }, []]);
});

test('what was deleted is forgotten if it was replaced, and is otherwise to be made again', async () => {
  const replaced = instance('gone', 'it-1', { delete: true });
  const first = resource('sshKey', 'key', { id: 'gone too', inputs: { name: 'key' } });
  const { mended } = await settled({
    resources: [provider(), first, replaced],
    pending_operations: [
      { type: 'deleting', resource: replaced },
      { type: 'deleting', resource: first },
    ],
  });
  expect(mended.resources).toEqual([provider(), { ...first, pendingReplacement: true }]);
});

test('what is still there after a deletion that was begun stays in the state', async () => {
  const { body } = await civo.post('/v2/ips?region=LON1', { name: 'address' });
  const address = resource('reservedIp', 'address', { id: body.id, inputs: { name: 'address' } });
  const pending = [{ type: 'deleting', resource: address } as const];
  const { mended } = await settled({ resources: [provider(), address], pending_operations: pending });
  expect(mended.resources).toEqual([provider(), address]);
});

test('what was being changed is read before anything else', async () => {
  const firewall = resource('firewall', 'wall', { id: 'f', inputs: { name: 'wall' } });
  const pending = [{ type: 'updating', resource: firewall } as const];
  const { mended, toRead } = await settled({
    resources: [provider(), firewall],
    pending_operations: pending,
  });
  expect(mended.resources).toEqual([provider(), { ...firewall, refreshBeforeUpdate: true }]);
  expect(toRead).toEqual([firewall.urn]);
});

test('two of a name are named, and nothing is decided', async () => {
  const domainId = (await civo.post('/v2/dns', { name: 'twice.example' })).body.id;
  for (const value of ['203.0.113.1', '203.0.113.2'])
    await civo.post(`/v2/dns/${domainId}/records`, { type: 'A', name: 'www', value, ttl: 600 });
  const address = resource('dnsDomainRecord', 'www', { inputs: { domainId, name: 'www', type: 'A' } });
  const pending = [{ type: 'creating', resource: address } as const];
  await expect(settled({ resources: [provider()], pending_operations: pending })).rejects.toThrow(
    /Civo has 2 of DnsDomainRecord www.*run the same command again/,
  );
});

test('a machine that Civo could not make is named', async () => {
  const { body } = await civo.instance(network, { hostname: 'broken' });
  await civo.active(body.id);
  civo.api.fault({ on: 'GET /v2/instances', times: 10, effect: { show: { status: 'FAILED' } } });
  const pending = [
    {
      type: 'creating',
      resource: resource('instance', 'broken', { inputs: { hostname: 'broken' } }),
    } as const,
  ];
  await expect(settled({ resources: [provider()], pending_operations: pending })).rejects.toThrow(
    /Civo could not make Instance broken.*run the same command again/,
  );
});
