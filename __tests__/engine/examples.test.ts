import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import { copyCommunity } from '../support/community/folder';
import schema from '../../docs/outputs.schema.json';
import type { ServerOutputs } from '../../components/outputs';
import type { TestCivo } from '../support/test-civo';
import { paperStack } from '../support/paper-stack';
import { programSettings } from '../support/program-settings';
import { type ConfigValue, createStack, type Stack } from '../support/stack';

jest.setTimeout(240_000);

const checkout = join(__dirname, '..', '..');
const folders = ['status-page', 'two-servers'].map((name) => join(checkout, 'examples', name));
const validate = new Ajv().compile<ServerOutputs>(schema);

let backend: string;
let civo: TestCivo;
let server: Stack;
const stacks: Stack[] = [];

beforeAll(async () => {
  // Stacks of one backend know each other.
  ({ civo, stack: server, backend } = await paperStack());
  for (const folder of folders) {
    execFileSync('npm', ['install', '--no-package-lock', '--ignore-scripts'], {
      cwd: folder,
      stdio: 'ignore',
    });
  }
}, 1_800_000);

afterAll(async () => {
  for (const stack of stacks) stack.remove();
  server.remove();
  await civo.stop();
  // It links to the whole checkout.
  for (const folder of folders) rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
});

async function stackOf(
  project: { projectDir: string } | { files: Record<string, string> },
  config: Record<string, ConfigValue>,
): Promise<Stack> {
  const env = { CIVO_TOKEN: civo.api.token, PULUMI_BACKEND_URL: `file://${backend}` };
  const stack = await createStack({ ...project, config, env });
  stacks.push(stack);
  return stack;
}

const example = (name: string, config: Record<string, ConfigValue>) =>
  stackOf({ projectDir: join(checkout, 'examples', name) }, config);

describe('examples/status-page', () => {
  const settings = () => ({
    server: 'organization/mastodon-on-civo/test',
    region: 'LON1',
    size: 'g3.xsmall',
    image: 'debian-13',
    sshKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfQHdnAKTs/wjLH/dTwGSFgVTlVGQRmJt39XmSsRm0S alice',
    apiEndpoint: civo.api.url,
  });
  let page: Stack;

  test('runs beside the server of another stack, and has a name in its zone', async () => {
    const outputs = await server.outputs({ showSecrets: true });
    expect(validate(outputs) || validate.errors).toBe(true);

    page = await example('status-page', settings());
    await page.up();
    expect(await page.outputs()).toEqual({ page: 'https://status.toot.example' });
    const machine = civo.state.instances.find(({ hostname }) => hostname === 'status-page-test');
    expect(machine?.network_id).toBe(outputs.networkId);
    expect(machine?.script).toContain('/usr/local/bin/look https://toot.example /var/www/status\n');
    expect(machine?.script).not.toContain('{{');
    const records = civo.state.dnsDomains
      .flatMap((zone) => zone.records)
      .filter(({ name }) => name === 'status');
    expect(records).toMatchObject([{ type: 'A', value: machine?.public_ip }]);
    const rules = civo.state.firewalls.find(({ name }) => name === 'status-page-test')?.rules;
    const ingress = rules?.filter(({ direction }) => direction === 'ingress').map(({ ports }) => ports);
    expect(ingress?.sort()).toEqual(['443', '80']);
    await page.preview({ expectNoChanges: true });
  });

  test('refuses outputs of a version that it does not know', async () => {
    const files = {
      'Pulumi.yaml': 'name: other\nruntime: nodejs\n',
      'package.json': '{ "main": "index.ts" }',
      'index.ts': "export const outputsVersion = 2;\nexport const url = 'https://toot.example';\n",
    };
    const other = await stackOf({ files }, {});
    await other.up();
    await page.setConfig({ server: 'organization/other/test' });
    await expect(page.up()).rejects.toThrow(
      'The outputs of the stack organization/other/test are of version 2; expected 1.',
    );
  });
});

describe('examples/two-servers', () => {
  test('makes staging and production by one program, each by its own settings', async () => {
    const named = (name: string, changes: Record<string, ConfigValue>) =>
      Object.entries({ ...programSettings(civo.api.url), ...changes }).map(
        ([key, value]) => [`${name}:${key}`, value] as const,
      );
    // One community for both, as it may be.
    const community = mkdtempSync(join(tmpdir(), 'examples-'));
    copyCommunity(community, 'production.example');
    const staging = named('staging', {
      domain: 'staging.example',
      size: 'g3.small',
      mediaGb: 700,
      community,
    });
    const production = named('production', { domain: 'production.example', size: 'g3.large', community });
    const stack = await example('two-servers', Object.fromEntries([...staging, ...production]));
    await expect(stack.preview()).rejects.toThrow('staging:mediaGb = 700: expected a multiple of 500');

    await stack.setConfig({ 'staging:mediaGb': 500 });
    await stack.up();
    const { deployment } = await stack.export();
    const rules = (deployment.resources ?? []).filter(({ type }) => type === 'mastodon:community:Rule');
    expect(rules.map(({ urn }) => /(\w+): rule/.exec(urn)?.[1])).toEqual(
      expect.arrayContaining(['staging', 'production']),
    );
    const outputs = await stack.outputs({ showSecrets: true });
    for (const name of ['staging', 'production']) {
      expect(validate(outputs[name]) || validate.errors).toBe(true);
    }
    const made = civo.state.instances.map(({ hostname, size }) => `${hostname} ${size}`);
    expect(made).toEqual(
      expect.arrayContaining(['mastodon-staging-1 g3.small', 'mastodon-production-1 g3.large']),
    );
    const ciphers = ['staging', 'production'].map(
      (name) => (outputs[name] as ServerOutputs).recovery.backupCipher,
    );
    expect(ciphers[0]).not.toBe(ciphers[1]);
    await stack.preview({ expectNoChanges: true });
  });
});
