/** Runs that are killed, and the ones behind them. `nightly/interrupted.test.ts` tries each single call, and moments between. */
import { PRESETS } from '../../local/civo/faults/fault';
import { killable, type Killable, objectsOf } from '../support/killed-up';
import { paperStack } from '../support/paper-stack';

jest.setTimeout(600_000);

let it: Killable;

beforeAll(async () => {
  it = await killable();
}, 1_800_000);

afterAll(() => it.remove());

/** Each call by which something is made, once. */
const CREATIONS = [
  'POST /v2/vpc/networks',
  'POST /v2/vpc/firewalls',
  'POST /v2/vpc/ips',
  'POST /v2/vpc/ips/*/actions',
  'POST /v2/dns',
  'POST /v2/dns/*/records',
  'POST /v2/objectstore/credentials',
  'POST /v2/objectstores',
  'POST /v2/sshkeys',
  'POST /v2/instances',
  'PUT /v2/instances/*/firewall',
];

test('killed at the making of each kind of object, the run after it has all, as an undisturbed one', async () => {
  const left = new Set(CREATIONS);
  while (left.size > 0) {
    // One after the other: what else was under way would have been made, too.
    const call = await it.killed(() => it.stack.up('--parallel', '1'), { at: (one) => left.has(one) });
    if (call === undefined) throw new Error(`never called: ${[...left].join(', ')}`);
    left.delete(call);
    expect(await it.mend()).toMatch(/The lock of .* is broken[^]*An earlier run on test was cut short/);
  }
  await it.up();
  const undisturbed = await paperStack();
  const wanted = objectsOf(undisturbed);
  undisturbed.stack.remove();
  await undisturbed.civo.stop();
  expect(objectsOf(it)).toEqual(wanted);
  await it.stack.preview({ expectNoChanges: true });
  expect(await it.mend()).toBe('There is nothing to repair.\n');
});

test('killed while a machine is replaced: the new one is taken over, the old one goes', async () => {
  await it.stack.setConfig({ generation: 2 });
  // The new machine; its address taken from the old one, and given to it; the old one deleted.
  const steps = [
    'POST /v2/instances',
    'POST /v2/vpc/ips/*/actions',
    'POST /v2/vpc/ips/*/actions',
    'DELETE /v2/instances/*',
  ];
  for (const step of steps) {
    expect(await it.killed(() => it.stack.up(), { at: (call) => call === step })).toBe(step);
    if (step === 'POST /v2/instances') await mendOnABadDay();
    await it.mend();
  }
  await it.up();
  const [machine, ...others] = it.civo.state.instances;
  expect([machine?.hostname, others]).toEqual(['mastodon-test-2', []]);
  expect(it.civo.state.reservedIps).toMatchObject([{ assignedTo: machine?.id }]);
  await it.stack.preview({ expectNoChanges: true });
});

/** Civo fails while it is read, and then that run is killed as well. */
async function mendOnABadDay(): Promise<void> {
  it.civo.api.fault({ on: 'GET /v2/instances', times: 100, effect: PRESETS.unavailable });
  const unasked = await it.stack.operation('mend');
  expect(unasked.stderr).toMatch(
    /^Civo could not be asked: .*503\nThe state is as it was\. .*run the same command again/,
  );
  it.civo.api.liftFaults();
  it.civo.api.fault({ on: 'GET /v2/instances/*', agent: 'civogo', times: 100, effect: PRESETS.unavailable });
  const refused = await it.stack.operation('mend');
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toMatch(/Civo did not show .*Instance::mastodon-test\n[^]*It is not forgotten/);
  it.civo.api.liftFaults();
  const killed = await it.killed(() => it.stack.operation('mend'), { at: () => true });
  expect(killed).toMatch(/^GET /);
}

test('a lock of another computer is not broken before its time, unless its holder is named', async () => {
  const lock = { pid: 4711, username: 'runner', hostname: 'ci-7', timestamp: new Date().toISOString() };
  it.lock(lock);
  const refused = await it.stack.operation('mend');
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toMatch(
    /Another run has the stack: runner@ci-7 .*bin\/mastodon mend --lock-of runner@ci-7/,
  );
  const named = await it.stack.operation('mend', { LOCK_OF: 'runner@ci-7' });
  expect(named.stdout).toContain('The lock of runner@ci-7 (process 4711');
  it.lock({ ...lock, timestamp: new Date(Date.now() - 4 * 3_600_000).toISOString() });
  expect(await it.mend()).toContain('is broken: it is older than 3 hours');
});

test('killed while all of it is destroyed: the next destroy continues', async () => {
  await it.stack.setConfig({ protect: false });
  await it.stack.up();
  const left = new Set(['DELETE /v2/instances/*', 'DELETE /v2/vpc/firewalls/*', 'DELETE /v2/vpc/networks/*']);
  while (left.size > 0) {
    const call = await it.killed(() => it.stack.destroy(), { at: (one) => left.has(one) });
    if (call === undefined) throw new Error(`never called: ${[...left].join(', ')}`);
    left.delete(call);
    await it.mend();
  }
  await it.stack.destroy();
  expect(it.stack.resources()).toEqual([]);
  const { instances, networks, objectStores, reservedIps, sshKeys } = it.civo.state;
  const made = networks.filter((network) => !network.default);
  expect([instances, made, objectStores, reservedIps, sshKeys]).toEqual([[], [], [], [], []]);
});
