/** Bad days that are more than one wrong answer. */
import { join } from 'node:path';

import { PRESETS } from '../../local/civo/faults/fault';
import { ensureToolchain } from '../../local/toolchain';
import { TestCivo } from '../support/test-civo';
import { paperStack } from '../support/paper-stack';
import { programSettings } from '../support/program-settings';
import { createStack, PulumiError, type Result, type Stack } from '../support/stack';

let civo: TestCivo;
let stack: Stack;

beforeAll(() => ensureToolchain(), 900_000);

/** A stack that nothing was made of yet. */
async function newStack(): Promise<void> {
  civo = await TestCivo.start();
  stack = await createStack({
    projectDir: join(__dirname, '..', '..'),
    config: programSettings(civo.api.url),
    env: { CIVO_TOKEN: civo.api.token },
  });
}

afterEach(async () => {
  stack.remove();
  await civo.stop();
});

const attempt = (action: Promise<Result>): Promise<Result> =>
  action.catch((error: unknown) => {
    if (error instanceof PulumiError) return error.result;
    throw error;
  });

/** Where the API keeps what `civo COMMAND` shows. */
const PATHS: Readonly<Record<string, string>> = {
  network: 'networks',
  firewall: 'firewalls',
  sshkey: 'sshkeys',
  instance: 'instances',
  ip: 'ips',
  domain: 'dns',
  objectstore: 'objectstores',
  'objectstore credential': 'objectstore/credentials',
};

/** Runs `up` and does what it says, as a person would, until there is nothing left to do. */
async function upAndFollowAdvice(): Promise<Result> {
  for (let patience = 4; ; patience -= 1) {
    const result = await attempt(stack.up());
    const asked = [...result.stdout.matchAll(/"civo ([a-z ]+) remove ([^"]+)"/g)];
    if (asked.length === 0 || patience === 0) {
      expect(result.exitCode).toBe(0);
      return result;
    }
    for (const [, command = '', name = ''] of asked) {
      const [zone = '', record] = name.split(' ');
      await (record ? remove(`dns/${zone}/records`, record) : remove(PATHS[command] ?? command, name));
    }
  }
}

async function remove(path: string, name: string): Promise<void> {
  const { body } = await civo.get(`/v2/${path}?per_page=100`);
  const all = (Array.isArray(body) ? body : body.items) as { id: string; [field: string]: string }[];
  const found = all.find((one) => [one.id, one.name, one.label, one.hostname].includes(name));
  if (found) expect((await civo.delete(`/v2/${path}/${found.id}`)).status).toBe(200);
}

const hostnames = () => civo.state.instances.map(({ hostname }) => hostname);

test('a machine that Civo can’t build: the next up finds it, and continues once it is removed', async () => {
  await newStack();
  civo.api.fault({ on: 'GET /v2/instances/*', times: 100, effect: { show: { status: 'FAILED' } } });
  const failed = await attempt(stack.up());
  expect(failed.stdout).toContain("unexpected state 'FAILED'");
  civo.api.liftFaults();

  // The provider has forgotten it. Its name is seen before a second one is made.
  const second = await attempt(stack.up());
  expect(second.stdout).toContain('Civo has an instance called mastodon-test-1 already');
  expect(second.stdout).toContain('civo instance remove mastodon-test-1');
  expect(hostnames()).toEqual(['mastodon-test-1']);
  await civo.delete(`/v2/instances/${String(civo.state.instances[0]?.id)}`);
  await stack.up();
  expect(hostnames()).toEqual(['mastodon-test-1']);
}, 240_000);

test('a machine that is ACTIVE before it has its address does no harm', async () => {
  await newStack();
  civo.api.fault({ on: 'GET /v2/instances/*', times: 2, effect: { show: { public_ip: '' } } });
  await stack.up();
  await stack.preview({ expectNoChanges: true });
}, 240_000);

test('an outage in the middle: what was made is kept, the next up makes the rest', async () => {
  await newStack();
  civo.api.fault({ on: '* /v2/**', after: 14, seconds: 2, effect: PRESETS.unavailable });
  const failed = await attempt(stack.up());
  expect(failed.exitCode).not.toBe(0);
  expect(failed.stdout).toContain('https://status.civo.com');
  civo.api.liftFaults();
  // Addresses and credentials that were waited for are forgotten by the provider: the next up names them.
  await upAndFollowAdvice();
  await stack.preview({ expectNoChanges: true });
}, 240_000);

test('a look that fails before a creation: nothing is made, as it might be the second one', async () => {
  await newStack();
  await civo.post('/v2/ips?region=LON1', { name: 'mastodon-test' });
  civo.api.fault({ on: 'GET /v2/ips', times: 100, effect: PRESETS.unavailable });
  const failed = await attempt(stack.up());
  expect(failed.exitCode).not.toBe(0);
  expect(failed.stdout).toContain('Civo does not say whether it has mastodon-test already');
  expect(civo.state.reservedIps).toHaveLength(1);
  civo.api.liftFaults();
  await upAndFollowAdvice();
  expect(civo.state.reservedIps).toHaveLength(1);
}, 240_000);

test('a call that is never answered: Ctrl-C ends the run, the next ones continue', async () => {
  await newStack();
  civo.api.fault({ on: 'POST /v2/instances', effect: PRESETS.hang });
  const run = attempt(stack.up());
  const hangs = async () => (await faults())[0]?.fired === 1;
  while (!(await hangs())) await new Promise((resolve) => setTimeout(resolve, 200));
  stack.signal('SIGINT'); // waits for the call
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  stack.signal('SIGINT'); // doesn't
  expect((await run).exitCode).not.toBe(0);
  civo.api.liftFaults();

  // What was waited for beside it was made all the same: the next up names it.
  await upAndFollowAdvice();
  expect(hostnames()).toEqual(['mastodon-test-1']);
  await stack.preview({ expectNoChanges: true });
}, 240_000);

describe('changed or removed behind our back', () => {
  test('a firewall rule: a refresh sees it, and the same run puts it back', async () => {
    ({ civo, stack } = await paperStack());
    const firewall = civo.state.firewalls.find(({ name }) => name === 'mastodon-test');
    const ssh = firewall?.rules.find(({ label }) => label === 'SSH');
    await civo.delete(`/v2/firewalls/${String(firewall?.id)}/rules/${String(ssh?.id)}`);
    await civo.post(`/v2/firewalls/${String(firewall?.id)}/rules`, {
      ...ssh,
      cidr: ['0.0.0.0/0'],
    });
    await stack.up('--refresh');
    const rules = civo.state.firewalls.find(({ name }) => name === 'mastodon-test')?.rules;
    expect(rules?.filter(({ ports }) => ports === '22').map(({ cidr }) => cidr)).toEqual([['10.8.0.0/24']]);
  }, 240_000);

  test('the machine: raising its generation makes a new one, which gets the address', async () => {
    ({ civo, stack } = await paperStack());
    const [lost] = civo.state.instances;
    civo.api.fault({
      on: 'GET /v2/regions',
      effect: { remove: { kind: 'instances', name: String(lost?.id) } },
    });
    await stack.setConfig({ generation: 2 });
    const result = await attempt(stack.up());
    expect(hostnames()).toEqual(['mastodon-test-2']);
    expect(civo.state.reservedIps[0]?.assignedTo).toBe(civo.state.instances[0]?.id);
    // All is well but for the old one, which can't be deleted as it is gone. The advice helps.
    const urn = /pulumi refresh --target '(.*)'/.exec(result.stdout)?.[1] ?? '';
    expect(urn).toContain('Instance::mastodon-test');
    await stack.refresh('--target', urn);
    await stack.up();
    await stack.preview({ expectNoChanges: true });
  }, 240_000);
});

async function faults(): Promise<{ fired: number }[]> {
  return (await fetch(`${civo.api.url}/local/faults`)).json() as Promise<{ fired: number }[]>;
}
