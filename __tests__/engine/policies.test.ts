import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestCivo } from '../support/test-civo';
import { programSettings } from '../support/program-settings';
import { createStack, PulumiError, type Result, type Stack } from '../support/stack';

jest.setTimeout(240_000);

const checkout = join(__dirname, '..', '..');
const POLICIES = ['--policy-pack', join(checkout, 'policies')];

/** The real program, with what `spoiled:what` names changed for the worse. */
const SPOILED = `
import * as pulumi from '@pulumi/pulumi';

const what = new pulumi.Config('spoiled').require('what');
const made: Record<string, any> = {};

pulumi.runtime.registerStackTransformation(({ resource, type, name, props, opts }) => {
  const kind = type.split(':').at(-1) ?? '';
  made[kind + ' ' + name] = resource;
  if (what === 'resources' && kind === 'Firewall') {
    const rule = { label: 'back-door', protocol: 'tcp', portRange: '1-65535', cidrs: ['0.0.0.0/0'], action: 'allow' };
    return { props: { ...props, createDefaultRules: true, ingressRules: [...props.ingressRules, rule] }, opts };
  }
  if (what === 'resources' && kind === 'ObjectStore') return { props, opts: { ...opts, protect: false } };
  if (what === 'stack' && kind === 'ObjectStore') {
    return { props: { ...props, accessKeyId: made['ObjectStoreCredential mastodon-test-media'].accessKeyId }, opts };
  }
  if (what === 'stack' && kind === 'Instance') {
    const secret = made['RandomPassword mastodon-test-secrets-backup-cipher'].result;
    return { props: { ...props, script: pulumi.interpolate\`\${props.script}\\n\${secret}\` }, opts };
  }
  if (what === 'machine' && kind === 'Instance') {
    const key = made['PrivateKey mastodon-test-secrets-host-key'].privateKeyOpenssh;
    const file = 'not-a-secret-here\\nImage=ghcr.io/mastodon/mastodon:latest\\nrepo1-retention-full = 1\\n';
    return { props: { ...props, script: pulumi.interpolate\`\${props.script}\\n\${key}\\n\${file}\` }, opts };
  }
  return undefined;
});

require(${JSON.stringify(join(checkout, 'index.ts'))});
`;

let civo: TestCivo;
let spoiled: Stack;

beforeAll(async () => {
  civo = await TestCivo.start();
  const config = { ...programSettings(civo.api.url), protect: true };
  const files = { 'Pulumi.yaml': readFileSync(join(checkout, 'Pulumi.yaml'), 'utf8'), 'index.ts': SPOILED };
  spoiled = await createStack({ files, config, env: { CIVO_TOKEN: civo.api.token } });
}, 1_800_000);

afterAll(async () => {
  spoiled.remove();
  await civo.stop();
});

/** What a preview or an up of the program, spoiled so, says of mandatory policies: `policy: resource`. */
async function violations(what: string, action: () => Promise<Result>): Promise<string[]> {
  await spoiled.setConfig({ 'spoiled:what': what });
  const failed: unknown = await action().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(failed instanceof PulumiError)) throw failed instanceof Error ? failed : new Error('it passed');
  const found = failed.result.events.flatMap(
    ({ policyEvent }) => (policyEvent as Violation | undefined) ?? [],
  );
  // It failed for another reason.
  if (found.length === 0) throw failed;
  return found
    .filter(({ enforcementLevel }) => enforcementLevel === 'mandatory')
    .map(({ policyName, resourceUrn }) => `${policyName}: ${resourceUrn?.split('::').at(-1) ?? ''}`)
    .sort();
}

interface Violation {
  policyName: string;
  enforcementLevel: string;
  resourceUrn?: string;
}

test('the program passes as it is', async () => {
  await spoiled.setConfig({ 'spoiled:what': 'nothing' });
  const { stdout } = await spoiled.preview({ flags: POLICIES });
  expect(stdout).toContain('Policy Packs run:');
  expect(stdout).not.toContain('[mandatory]');
});

test('a preview fails where a resource breaks a policy', async () => {
  expect(await violations('resources', () => spoiled.preview({ flags: POLICIES }))).toEqual([
    'data-is-protected: mastodon-test-backups',
    'data-is-protected: mastodon-test-media',
    'firewall-as-listed: mastodon-test',
    'no-default-firewall-rules: mastodon-test',
    'ssh-from-vpn-only: mastodon-test',
  ]);
});

test('a throw-away stack goes without protection, but fails where resources together break a policy', async () => {
  await spoiled.setConfig({ protect: false });
  expect(await violations('stack', () => spoiled.preview({ flags: POLICIES }))).toEqual([
    'backups-have-their-own-credential: mastodon-test-media',
    'no-secrets-in-user-data: mastodon-test',
  ]);
});

test('an up makes no machine whose script breaks one', async () => {
  expect(await violations('machine', () => spoiled.up(...POLICIES))).toEqual([
    'backups-kept-a-week: mastodon-test',
    'images-are-pinned: mastodon-test',
    'no-keys-in-user-data: mastodon-test',
    'no-keys-in-user-data: mastodon-test',
  ]);
  expect(civo.state.instances).toEqual([]);
});
