import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { PRESETS } from '../../local/civo/faults/fault';
import { ensureToolchain } from '../../local/toolchain';
import type { TestCivo } from '../support/test-civo';
import { compileCache } from '../support/compile-cache';
import { paperStack } from '../support/paper-stack';
import { PulumiError, type Stack } from '../support/stack';

jest.setTimeout(240_000);

const checkout = join(__dirname, '..', '..');

/** Reads by which the provider decides whether these are still there. */
const READS = ['GET /v2/objectstores/*', 'GET /v2/vpc/firewalls', 'GET /v2/instances/*'];

let folder: string;
let civo: TestCivo;
let stack: Stack;
let backend: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'refresh-'));
  cpSync(join(checkout, 'Pulumi.yaml'), join(folder, 'Pulumi.yaml'));
  ({ civo, stack, backend } = await paperStack());
  const toolchain = await ensureToolchain();
  env = {
    ...toolchain.env,
    ...compileCache(),
    CIVO_TOKEN: civo.api.token,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: 'test',
    PATH: `${dirname(toolchain.pulumi)}${delimiter}${process.env.PATH ?? ''}`,
  };
}, 1_800_000);

afterEach(() => {
  civo.api.liftFaults();
});

afterAll(async () => {
  stack.remove();
  await civo.stop();
  rmSync(folder, { recursive: true });
});

/** `bin/mastodon refresh`, on the test's stack. */
function refresh(): Promise<{ exitCode: number; said: string }> {
  return new Promise((resolve) => {
    const flags = ['--stack', 'test', '--cwd', folder];
    const program = [join(checkout, 'cli', 'make.ts'), 'refresh'];
    const child = spawn(join(checkout, 'node_modules', '.bin', 'tsx'), [...program, ...flags], { env });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    }
    child.on('close', (code) => {
      resolve({ exitCode: code ?? 1, said });
    });
  });
}

const known = () =>
  stack
    .resources()
    .map(({ urn }) => urn)
    .sort();

test('takes over what was changed at Civo', async () => {
  const firewall = civo.state.firewalls.find(({ name }) => name === 'mastodon-test');
  const ssh = firewall?.rules.find(({ ports }) => ports === '22');
  const path = `/v2/firewalls/${String(firewall?.id)}/rules`;
  await civo.delete(`${path}/${String(ssh?.id)}`);
  expect(await refresh()).toMatchObject({ exitCode: 0 });
  const { changes } = await stack.preview();
  expect(changes).toMatchObject({ update: 1 });
  await stack.up();
});

test('a plain refresh during an outage of Civo: up makes nothing twice, and the state can be restored', async () => {
  const before = known();
  const pulumi = join(backend, '.pulumi');
  const history = join(pulumi, 'history', 'mastodon-on-civo', 'test');
  const copies = readdirSync(history).filter((name) => name.endsWith('.checkpoint.json'));
  civo.api.fault({ on: READS, times: 1_000, effect: PRESETS.unavailable });
  await stack.refresh();
  civo.api.liftFaults();
  expect(known()).not.toContainEqual(expect.stringContaining('Instance::mastodon-test'));

  const calls = civo.api.requests.length;
  const failed = await stack.up().catch((error: unknown) => error);
  if (!(failed instanceof PulumiError)) throw new Error('expected up to fail');
  expect(failed.result.stdout).toContain('an object store called mastodon-test-media already');
  expect(failed.result.stdout).toContain('remove nothing, but see docs/forgotten.md');
  const changes = civo.api.requests.slice(calls).filter(({ method }) => method !== 'GET');
  expect(changes).toEqual([]);

  // As docs/forgotten.md describes it.
  cpSync(join(history, copies.sort().at(-1) ?? ''), join(pulumi, 'stacks', 'mastodon-on-civo', 'test.json'));
  expect(known()).toEqual(before);
  await stack.preview({ expectNoChanges: true });
});

test('refuses to forget what Civo does not show, and names it', async () => {
  const before = known();
  civo.api.fault({ on: READS, times: 1_000, effect: PRESETS.unavailable });
  const { exitCode, said } = await refresh();
  expect(exitCode).toBe(1);
  expect(said).toContain('Nothing was refreshed');
  for (const part of [
    'Firewall::mastodon-test',
    'ObjectStore::mastodon-test-media',
    'Instance::mastodon-test',
  ]) {
    expect(said).toContain(part);
  }
  expect(said).toContain('pulumi refresh --target');
  expect(said).not.toMatch(/\bat .*\.ts:\d+/);
  expect(known()).toEqual(before);
});

test('restores the state when an outage of Civo begins between the look and the refresh', async () => {
  const before = known();
  // Both stores are read once by the look, and fail after that.
  civo.api.fault({ on: 'GET /v2/objectstores/*', after: 2, times: 1_000, effect: PRESETS.unavailable });
  const { exitCode, said } = await refresh();
  expect(exitCode).toBe(1);
  expect(said).toContain('The previous state was restored');
  expect(known()).toEqual(before);
  civo.api.liftFaults();
  await stack.preview({ expectNoChanges: true });
});

test('drops what is really gone when it is named, and the next up makes it again', async () => {
  const [lost] = civo.state.instances;
  await civo.delete(`/v2/instances/${String(lost?.id)}`);
  const { exitCode, said } = await refresh();
  expect(exitCode).toBe(1);
  // The address's assignment can't be read without the machine: the provider's words for that are shown, too.
  expect(said).toContain(`is not assigned to the instance ${String(lost?.id)}`);
  const urn = /urn:\S+Instance::\S+/.exec(said)?.[0] ?? '';
  await stack.refresh('--target', urn);
  await stack.up();
  const [made] = civo.state.instances;
  expect(made?.id).not.toBe(lost?.id);
  expect(civo.state.reservedIps).toMatchObject([{ assignedTo: made?.id }]);
  expect(await refresh()).toMatchObject({ exitCode: 0 });
});

test('says so when there is nothing to refresh', async () => {
  env = { ...env, PULUMI_BACKEND_URL: `file://${mkdtempSync(join(folder, 'empty-'))}` };
  const { exitCode, said } = await refresh();
  expect(exitCode).toBe(1);
  expect(said).toContain("no stack named 'test' found");
});
