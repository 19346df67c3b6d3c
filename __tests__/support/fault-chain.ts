/**
 * One fault against each step of the whole stack's `up`, as a chain: an `up` that fails at a step, the next one that
 * repairs it and fails at a later step, and so on until nothing is left to fail.
 */
import { join } from 'node:path';

import type { FaultInput } from '../../local/civo/faults/fault';
import type { StandingFault } from '../../local/civo/faults/faults';
import type { CloudState } from '../../local/civo/store-schema';
import { type Answer, TestCivo } from './test-civo';
import { programSettings } from './program-settings';
import { createStack, type DeployedResource, PulumiError, type Result, type Stack } from './stack';

/** What became of a step that a fault hit. */
export type Outcome =
  /** The `up` failed, and the next one continued from there. */
  | 'repaired'
  /** The next `up` found something that the state didn't know; removed as the message says, the one after it continued. */
  | 'leftover'
  /** The `up` continued as if nothing had been. */
  | 'unharmed'
  /** The call was never made, as the one before it failed. */
  | 'not met';

/** What the provider calls while it makes the whole stack, in no particular order. */
export const STEPS = [
  'GET /v2/regions',
  'GET /v2/disk_images',
  'POST /v2/vpc/networks',
  'GET /v2/vpc/networks',
  'POST /v2/vpc/firewalls',
  'GET /v2/vpc/firewalls',
  'POST /v2/vpc/ips',
  'GET /v2/vpc/ips',
  'POST /v2/vpc/ips/*/actions',
  'POST /v2/dns',
  'GET /v2/dns',
  'POST /v2/dns/*/records',
  'GET /v2/dns/*/records',
  'POST /v2/objectstore/credentials',
  'GET /v2/objectstore/credentials/*',
  'POST /v2/objectstores',
  'GET /v2/objectstores/*',
  'POST /v2/sshkeys',
  'GET /v2/sshkeys',
  'GET /v2/instances',
  'POST /v2/instances',
  'GET /v2/instances/*',
  'PUT /v2/instances/*/firewall',
] as const;

export type Step = (typeof STEPS)[number];

/** Calls of every run, whatever it has to do. */
const EVERY_RUN: readonly Step[] = ['GET /v2/regions', 'GET /v2/disk_images'];

/** Faults that our own look-ups don't meet, and that stay with their step for more calls than an `up` makes. */
const PROVIDER = { agent: 'civogo', sticks: true, times: 1_000 };

/** Every failure's message has one of these, which say what to do. */
const WHAT_TO_DO = /run the same command again|Check that CIVO_TOKEN/;

/** @returns the outcome for each step */
export async function runChain(
  effect: FaultInput['effect'],
  steps: readonly Step[],
): Promise<Map<Step, Outcome>> {
  const civo = await TestCivo.start();
  const stack = await createStack({
    projectDir: join(__dirname, '..', '..'),
    config: { ...programSettings(civo.api.url), protect: true },
    env: { CIVO_TOKEN: civo.api.token },
  });
  try {
    // What every run begins with comes last: when it fails, the rest of the stack is made all the same.
    const first = steps.filter((step) => EVERY_RUN.includes(step));
    const rest = steps.filter((step) => !EVERY_RUN.includes(step));
    const outcomes = await chain(civo, stack, effect, rest);
    if (first.length > 0)
      for (const [step, outcome] of await chain(civo, stack, effect, first)) outcomes.set(step, outcome);
    await stack.setConfig({ protect: false });
    await stack.up();
    await stack.destroy();
    expect(named(civo.state)).toEqual([]);
    return outcomes;
  } finally {
    stack.remove();
    await civo.stop();
  }
}

async function chain(civo: TestCivo, stack: Stack, effect: FaultInput['effect'], steps: readonly Step[]) {
  const outcomes = new Map<Step, Outcome>();
  for (;;) {
    const left = steps.filter((step) => !outcomes.has(step));
    const fault = left.length > 0 ? civo.api.fault({ ...PROVIDER, on: left, effect }) : undefined;
    const result = await attempt(stack);
    const hit = fault && fault.fired > 0 ? stepOf(fault) : undefined;
    civo.api.liftFaults();

    if (hit) outcomes.set(hit, result.exitCode === 0 ? 'unharmed' : 'repaired');
    if (result.exitCode !== 0) {
      const said = `${result.stdout}${result.stderr}`;
      expect(said).toMatch(WHAT_TO_DO);
      expect(said).not.toMatch(/\bat .*\.[jt]s:\d+/);
    }
    const orphans = strangers(civo, stack);
    if (hit && orphans.length > 0) {
      outcomes.set(hit, 'leftover');
      await meetLeftover(civo, stack, failedUrn(result), orphans);
    }
    if (!hit) {
      // Nothing was in the way any more: the stack is whole, and knows all that is there.
      if (result.exitCode !== 0) throw new Error(`the last up failed:\n${result.stdout}`);
      expect(orphans).toEqual([]);
      return outcomes;
    }
  }
}

/** The next `up` sees what is in the way before it makes a second one, and says what to do. That is done, then. */
async function meetLeftover(
  civo: TestCivo,
  stack: Stack,
  urn: string,
  orphans: readonly Orphan[],
): Promise<void> {
  const calls = civo.api.requests.length;
  const { exitCode, stdout } = await attempt(stack, '--target', urn);
  const guarded = orphans.filter(({ guarded }) => guarded);
  for (const { name } of guarded) {
    expect(exitCode).not.toBe(0);
    expect(stdout).toContain(`called ${name} already that this stack does not know`);
    expect(civo.api.requests.slice(calls).filter(({ method }) => method === 'POST')).toEqual([]);
  }
  for (const { remove } of orphans) expect((await remove(civo)).status).toBe(200);
}

function attempt(stack: Stack, ...flags: string[]): Promise<Result> {
  // One after the other: what comes behind a failed step hasn't begun.
  return stack.up('--parallel', '1', ...flags).catch((error: unknown) => {
    if (error instanceof PulumiError) return error.result;
    throw error;
  });
}

function failedUrn({ events, stdout }: Result): string {
  const failed = events.find(({ resOpFailedEvent }) => resOpFailedEvent);
  if (!failed?.resOpFailedEvent) throw new Error(`nothing failed, yet something is left over:\n${stdout}`);
  return failed.resOpFailedEvent.metadata.urn;
}

/** A fault that sticks is left with the one call that it hit. */
const stepOf = ({ on }: StandingFault) => on as Step;

interface Orphan {
  id: string;
  name: string;
  /** What the program's advice asks for. */
  remove: (civo: TestCivo) => Promise<Answer>;
  /** Whether the program looks for one of that name before it makes one. */
  guarded: boolean;
}

/** What there is at Civo that the stack's state doesn't know. */
function strangers(civo: TestCivo, stack: Stack): Orphan[] {
  const resources = stack.resources();
  const known = new Set(resources.map(({ id }: DeployedResource) => id));
  return [...named(civo.state), ...assignments(civo.state, resources)].filter(({ id }) => !known.has(id));
}

/** Everything that isn't the account's from the start, nor leaves along with its network. */
function named(state: CloudState): Orphan[] {
  const of = (path: string, things: readonly { id: string; name: string }[], guarded = true): Orphan[] =>
    things.map(({ id, name }) => ({ id, name, guarded, remove: (civo) => civo.delete(`${path}/${id}`) }));
  return [
    ...of(
      '/v2/networks',
      state.networks.filter((network) => !network.default).map(({ id, label }) => ({ id, name: label })),
    ),
    ...of(
      '/v2/firewalls',
      state.firewalls.filter((firewall) => !firewall.networkDefault),
    ),
    ...of('/v2/sshkeys', state.sshKeys),
    ...of(
      '/v2/instances',
      state.instances.map(({ id, hostname }) => ({ id, name: hostname })),
    ),
    ...of('/v2/ips', state.reservedIps),
    ...of('/v2/dns', state.dnsDomains),
    ...state.dnsDomains.flatMap((domain) => of(`/v2/dns/${domain.id}/records`, domain.records)),
    ...of('/v2/objectstores', state.objectStores),
    ...of('/v2/objectstore/credentials', state.objectStoreCredentials),
  ];
}

/** Addresses that are assigned though no resource says so. */
function assignments({ reservedIps }: CloudState, resources: readonly DeployedResource[]): Orphan[] {
  const told = resources.some(({ type }) => type.endsWith(':InstanceReservedIpAssignment'));
  return reservedIps
    .filter(({ assignedTo }) => assignedTo !== null && !told)
    .map(({ id, name }) => ({
      id: `assignment of ${id}`,
      name,
      guarded: false,
      remove: (civo) => civo.post(`/v2/ips/${id}/actions`, { action: 'unassign' }),
    }));
}
