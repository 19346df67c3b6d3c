/**
 * Each kind of resource that the provider has, on the local Civo: made, read back, changed, replaced, refused, destroyed.
 * One stack has them all, so that they wait side by side; the tables in `kinds/` say what becomes of each.
 */
import * as civoSdk from '@pulumi/civo';

import { TestCivo } from '../support/test-civo';
import { INSTANCES } from '../support/civo-kinds/instances';
import { NETWORKS } from '../support/civo-kinds/networks';
import { SERVICES } from '../support/civo-kinds/services';
import { STORAGE } from '../support/civo-kinds/storage';
import { batches, type Change, PROGRAM, type Row } from '../support/civo-kinds/table';
import { createStack, PulumiError, type Result, type Stack, type StepMetadata } from '../support/stack';

jest.setTimeout(240_000);

const ROWS = [...NETWORKS, ...INSTANCES, ...STORAGE, ...SERVICES];
const RESTLESS = ROWS.filter((row) => row.restless).map(({ name }) => name);

let civo: TestCivo;
let stack: Stack;

beforeAll(async () => {
  // Every list of more than one comes in pages.
  civo = await TestCivo.start({ maxPageSize: 1 });
  stack = await createStack({
    files: {
      'Pulumi.yaml': 'name: kinds\nruntime:\n  name: nodejs\n  options: { typescript: false }\n',
      'index.js': PROGRAM,
    },
    config: { api: civo.api.url },
    env: { CIVO_TOKEN: civo.api.token, CIVO_REGION: 'LON1' },
  });
}, 900_000);

afterAll(async () => {
  await civo.stop();
  stack.remove();
});

/** The arguments that the program has by now. */
const args = new Map<string, object>(ROWS.map((row) => [row.name, row.args]));

/** Lays what `change` gives for a row over its arguments; for good if `keep` is set. */
async function program(change: (row: Row) => object | undefined = () => undefined, keep = false) {
  const rows = ROWS.map((row) => {
    const changed = { ...args.get(row.name), ...change(row) };
    if (keep) args.set(row.name, changed);
    return { name: row.name, type: row.type, args: changed };
  });
  await stack.setConfig({ rows });
}

/** What was done, or is planned, with each row that isn't the same as before. */
function steps({ events }: Result): Record<string, StepMetadata> {
  const all = events.flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? []);
  const found = ROWS.flatMap(({ name }) => {
    const own = all.filter(({ urn, op }) => urn.endsWith(`::${name}`) && op !== 'same');
    const step = own.find(({ op }) => op === 'replace') ?? own.at(-1);
    return step ? [[name, step] as const] : [];
  });
  return Object.fromEntries(found);
}

const ops = (result: Result) =>
  Object.fromEntries(Object.entries(steps(result)).map(([name, { op }]) => [name, op]));

const updatesOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 'update']));

/** Nothing is to be done any more, but for what never rests, and `others`. */
async function expectRest(others: readonly string[] = []): Promise<void> {
  expect(ops(await stack.preview())).toEqual(updatesOf([...RESTLESS, ...others]));
}

test('the tables have every kind that the provider has', () => {
  const kinds = Object.entries(civoSdk)
    .filter(([, one]) => typeof one === 'function' && 'isInstance' in one)
    .map(([name]) => name)
    .filter((name) => name !== 'Provider');
  expect(kinds).toHaveLength(20);
  expect(new Set(ROWS.map(({ type }) => type as string))).toEqual(new Set(kinds));
});

test('each kind is made; a second look, and a refresh, find nothing to change', async () => {
  await program();
  const made = ops(await stack.up());
  expect(made).toEqual(Object.fromEntries(ROWS.map(({ name }) => [name, 'create'])));
  expect(civo.state.volumes.find(({ name }) => name === 'data')?.status).toBe('attached');
  await expectRest();
  expect((await stack.refresh()).changes.delete).toBeUndefined();
  await expectRest();
});

test('what can change where it is, does', async () => {
  const before = civo.state;
  const wanted = ROWS.filter((row) => row.update).map(({ name }) => name);
  await program(({ update }) => update, true);
  expect(ops(await stack.up())).toEqual(updatesOf([...wanted, ...RESTLESS]));
  await expectRest();
  expect((await stack.refresh()).changes.delete).toBeUndefined();
  await expectRest();

  // It is the same objects that have the new values.
  const { clusters, databases, firewalls, instances, networks, objectStores, reservedIps, volumes } =
    civo.state;
  const idsOf = (kind: { id: string }[]) => kind.map(({ id }) => id).sort();
  for (const [kind, earlier] of [
    [instances, before.instances],
    [firewalls, before.firewalls],
    [networks, before.networks],
    [volumes, before.volumes],
    [clusters, before.clusters],
  ] as const)
    expect(idsOf(kind)).toEqual(idsOf(earlier));
  expect(instances.find(({ hostname }) => hostname === 'web-renamed')).toMatchObject({
    size: 'g3.medium',
    notes: 'Another',
    tags: expect.arrayContaining(['blue', 'web']) as string[],
  });
  const renamed = firewalls.find(({ name }) => name === 'perimeter-renamed');
  expect(renamed?.rules.find(({ label }) => label === 'ssh')?.cidr.sort()).toEqual([
    '10.1.0.0/16',
    '10.2.0.0/16',
  ]);
  expect(networks.map(({ label }) => label)).toEqual(expect.arrayContaining(['renamed', 'second-renamed']));
  expect(reservedIps.map(({ name }) => name).sort()).toEqual(['address-renamed', 'other-address-renamed']);
  expect(objectStores).toMatchObject([{ max_size: 1000 }]);
  expect(volumes.find(({ name }) => name === 'data')).toMatchObject({ size_gb: 20, status: 'attached' });
  expect(databases).toMatchObject([{ nodes: 2 }]);
  expect(clusters).toMatchObject([
    {
      tags: ['blue'],
      kubernetes_version: '1.32.5-k3s1',
      pools: [
        { id: 'first', nodes: { length: 2 }, labels: { tier: 'web' } },
        { id: 'second', nodes: { length: 2 }, labels: { tier: 'batch' } },
      ],
    },
  ]);
});

test('what can’t, is replaced, with whatever hangs on it', async () => {
  const wanted = ROWS.filter((row) => row.replace);
  await program(({ replace }) => replace, true);
  const done = steps(await stack.up());
  for (const { name, replace } of wanted) expectReplaced(done[name], replace);
  for (const name of ['assignment', 'attachment']) expect(done[name]?.op).toBe('replace');
  await expectRest();
});

/** It was replaced for one of the changes, and for nothing else. */
function expectReplaced(step: StepMetadata | undefined, change: object = {}): void {
  expect(step).toMatchObject({ op: 'replace', keys: [expect.any(String)] });
  expect(Object.keys(change)).toEqual(expect.arrayContaining(step?.keys ?? []));
}

test('what the provider takes but never does is planned again and again, or believed to be done', async () => {
  const { networks } = civo.state;
  const forever = ROWS.filter((row) => row.forever).map(({ name }) => name);
  const pretended = ROWS.filter((row) => row.pretended).map(({ name }) => name);
  await program((row) => ({ ...row.forever, ...row.pretended }));
  expect(ops(await stack.up())).toEqual(updatesOf([...forever, ...pretended, ...RESTLESS]));
  expect(ops(await stack.up())).toEqual(updatesOf([...forever, ...RESTLESS]));
  await expectRest(forever);
  expect(civo.state.networks).toEqual(networks);
  await program();
  await stack.up();
});

test('an input that the provider does not report back is not planned', async () => {
  await program(({ unseen }) => unseen);
  await expectRest();
});

const named = (changes: readonly Change[]) =>
  changes.map(({ row, change }) => `${row.name} ${Object.keys(change).join()}`).join('; ');
const changesOf = (list: (row: Row) => Change[]) =>
  batches(ROWS, ROWS.flatMap(list)).map((batch) => [named(batch), batch] as const);

describe('would be replaced:', () => {
  const changes = changesOf((row) => (row.wouldReplace ?? []).map((change) => ({ row, change })));
  test.each(changes)('%s', async (_, batch) => {
    await program((row) => batch.find((one) => one.row === row)?.change);
    const planned = steps(await stack.preview());
    for (const { row, change } of batch) expectReplaced(planned[row.name], change);
  });
});

describe('can’t be planned:', () => {
  const changes = ROWS.flatMap(({ name, invalid = [] }) =>
    invalid.map(([change, error]) => [name, error, change] as const),
  );
  test.each(changes)('%s: %s', async (name, error, change) => {
    await program((row) => (row.name === name ? change : undefined));
    await expect(stack.preview()).rejects.toThrow(error);
  });
});

describe('can’t be changed:', () => {
  const changes = changesOf((row) => (row.refused ?? []).map(([change, error]) => ({ row, change, error })));
  test.each(changes)('%s', async (_, batch) => {
    await program((row) => batch.find((one) => one.row === row)?.change);
    const failed: unknown = await stack.up('--continue-on-error').catch((reason: unknown) => reason);
    expect(failed).toBeInstanceOf(PulumiError);
    for (const { error } of batch) expect((failed as PulumiError).message).toContain(error);
  });

  test('and all is as before when the changes are taken back', async () => {
    await program();
    await expectRest();
  });
});

test('destroy leaves nothing', async () => {
  await program();
  await stack.destroy();
  const { networks, firewalls, ledger, ...kinds } = { ...civo.state, ghosts: [] };
  expect(Object.values(kinds).filter(Array.isArray).flat()).toEqual([]);
  // What comes with the account stays, at no cost.
  expect(networks.every((network) => network.default)).toBe(true);
  expect(firewalls.every((firewall) => firewall.name === 'Default (all open)')).toBe(true);
  expect(ledger.filter(({ to }) => to === undefined)).toEqual([]);
});
