import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architecturePage, resourceGraph } from '../../docs/generate-architecture';
import { type CivoApi, NO_TIME, paperBackends, startCivoApi } from '../../local/civo';
import { programSettings } from '../support/program-settings';
import { type ConfigValue, createStack, PulumiError, type Result, type Stack } from '../support/stack';

jest.setTimeout(240_000);

const checkout = join(__dirname, '..', '..');

let folder: string;
let civo: CivoApi;
let stack: Stack;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'civo-'));
  const stateFile = join(folder, 'civo.json');
  civo = await startCivoApi({
    port: 0,
    stateFile,
    backends: paperBackends(),
    timings: NO_TIME,
    withoutSizes: [NOT_OFFERED],
  });
  const config = programSettings(civo.url);
  stack = await createStack({ projectDir: checkout, config, env: { CIVO_TOKEN: civo.token } });
}, 1_800_000);

afterAll(async () => {
  stack.remove();
  await civo.close();
  rmSync(folder, { recursive: true });
});

/** What one up did to which resources: `update Instance mastodon-test`. */
function steps({ events }: Result): string[] {
  return events
    .flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? [])
    .filter(({ op, type }) => op !== 'same' && !type.startsWith('pulumi:'))
    .map(({ op, urn, type }) => `${op} ${type.split(':').at(-1) ?? ''} ${urn.split('::').at(-1) ?? ''}`)
    .sort();
}

async function failure(action: Promise<unknown>): Promise<string> {
  const error: unknown = await action.catch((reason: unknown) => reason);
  if (!(error instanceof PulumiError)) throw new Error('expected Pulumi to fail');
  return error.result.stdout + error.result.stderr;
}

/** A size that the settings accept, and this Civo doesn't offer. */
const NOT_OFFERED = 'g4s.large';

describe('the program on a local Civo without machines', () => {
  test('refuses wrong settings before it asks Civo for anything, without a stack trace', async () => {
    const requests = civo.requests.length;
    await stack.setConfig({ vpnCidrs: ['0.0.0.0/0'], mediaGb: 700 });
    const output = await failure(stack.up());
    expect(output).toContain('mastodon-on-civo:vpnCidrs[0] = "0.0.0.0/0": is the whole internet');
    expect(output).toContain('mastodon-on-civo:mediaGb = 700: expected a multiple of 500');
    expect(output).not.toMatch(/\bat .*\.ts:\d+/);
    expect(civo.requests).toHaveLength(requests);
    await stack.setConfig({ ...programSettings(civo.url), mediaGb: undefined });
  });

  test('refuses a size that the region does not offer, in the preview of a new stack', async () => {
    await stack.setConfig({ size: NOT_OFFERED });
    const output = await failure(stack.preview());
    expect(output).toContain(
      `mastodon-on-civo:size = "${NOT_OFFERED}": Civo does not offer this size in LON1; it offers`,
    );
    expect(output).toContain('pulumi config set size g3.small. Nothing was changed.');
    await stack.setConfig({ size: undefined });
  });

  test('is drawn as it is in docs/architecture.md', async () => {
    await stack.setConfig({ converge: true });
    const written = readFileSync(join(checkout, 'docs', 'architecture.md'), 'utf8');
    expect(architecturePage(await resourceGraph(stack))).toBe(written);
    await stack.setConfig({ converge: false });
  });

  test('comes up, and a preview and a refresh after that show no change', async () => {
    // Compiled by Pulumi's own means; all other runs of tests share what was compiled.
    stack.variables = { COMPILE_CACHE: '' };
    await stack.up();
    stack.variables = {};
    await stack.preview({ expectNoChanges: true });
    expect((await stack.refresh()).changes).toEqual({ same: expect.any(Number) as number });
    await stack.preview({ expectNoChanges: true });
  });

  test('keeps its secrets encrypted in the state', async () => {
    const { deployment } = await stack.export();
    const outputs = await stack.outputs<{ recovery: Record<string, string> }>({ showSecrets: true });
    expect(outputs.recovery.secretKeyBase).toMatch(/^[0-9a-f]{128}$/);
    for (const key of ['PrimaryKey', 'DeterministicKey', 'KeyDerivationSalt']) {
      expect(outputs.recovery[`encryption${key}`]).toMatch(/^[A-Za-z0-9]{32}$/);
    }
    const state = JSON.stringify(deployment);
    // The public half of a key, and what Civo calls things.
    const { vapidPublicKey, reservedIpId, zoneId, ...secrets } = outputs.recovery;
    expect([vapidPublicKey, reservedIpId, zoneId]).not.toContain(undefined);
    for (const secret of Object.values(secrets).filter((value) => typeof value === 'string')) {
      expect(state).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
  });

  test.each<[string, Record<string, ConfigValue>, string[]]>([
    ['size', { size: 'g3.large' }, ['update Instance mastodon-test']],
    ['vpnCidrs', { vpnCidrs: ['10.8.0.0/24', '10.9.0.0/24'] }, ['update Firewall mastodon-test']],
    ['mediaGb', { mediaGb: 1000 }, ['update ObjectStore mastodon-test-media']],
    ['backupGb', { backupGb: 1000 }, ['update ObjectStore mastodon-test-backups']],
    ['image, which is for the next machine', { image: 'ubuntu-noble' }, []],
    [
      'smtp, which is for the machine',
      { smtp: { host: 'mail.example.net', user: 'u', password: 'p', from: 'a@toot.example' } },
      [],
    ],
    [
      'webDomain',
      { webDomain: 'social.toot.example', mediaDomain: 'files.toot.example' },
      ['create DnsDomainRecord social.toot.example'],
    ],
    ['apex', { apex: 'elsewhere' }, ['delete DnsDomainRecord toot.example']],
    ['apex, there and back', { apex: 'here' }, ['create DnsDomainRecord toot.example']],
  ])('follows a change of %s in place', async (_, config, expected) => {
    await stack.setConfig(config);
    expect(steps(await stack.up())).toEqual(expected);
    await stack.preview({ expectNoChanges: true });
  });

  test('refuses a smaller disk, in the preview and in the up, and says what to do instead', async () => {
    await stack.setConfig({ size: 'g3.medium' });
    for (const run of [() => stack.preview(), () => stack.up()]) {
      expect(await failure(run())).toContain(
        "Civo can't shrink a disk, and that of g3.medium has 50 GB, that of g3.large 100 GB. Raise the setting generation as well",
      );
    }
  });

  test('refuses a size that the region does not offer for a machine that is there, instead of speaking of its disk', async () => {
    await stack.setConfig({ size: NOT_OFFERED });
    const output = await failure(stack.preview());
    expect(output).toContain(`Civo does not offer this size in LON1`);
    expect(output).not.toContain("can't shrink");
    await stack.setConfig({ size: 'g3.medium' });
  });

  test('replaces the machine when generation is raised, and only the machine', async () => {
    const before = await stack.outputs();
    await stack.setConfig({ generation: 2 });
    const replaced = steps(await stack.up()).filter(
      (step) => step.startsWith('replace') || step.startsWith('create-replacement'),
    );
    expect(replaced).toEqual([
      'create-replacement Instance mastodon-test',
      'create-replacement InstanceReservedIpAssignment mastodon-test',
      'replace Instance mastodon-test',
      'replace InstanceReservedIpAssignment mastodon-test',
    ]);
    const after = await stack.outputs();
    expect(after.instanceId).not.toBe(before.instanceId);
    expect(after.publicAddress).toBe(before.publicAddress);
    expect(after.sshHostKey).toBe(before.sshHostKey);
    await stack.preview({ expectNoChanges: true });
  });

  test('leaves the zone to others when dns is external, and lists the records', async () => {
    await stack.setConfig({ dns: 'external' });
    const { stdout } = await stack.up();
    expect(stdout).toMatch(/Create these DNS records[^]*toot\.example A [\d.]+/);
  });

  test('protects what must survive', async () => {
    await stack.setConfig({ protect: true });
    await stack.up();
    expect(await failure(stack.destroy())).toContain('protect');
    const { deployment } = await stack.export();
    const isProtected = (type: string) =>
      deployment.resources?.filter((one) => one.type.endsWith(`:${type}`)).map((one) => one.protect);
    for (const type of ['ObjectStore', 'ObjectStoreCredential', 'RandomPassword', 'ReservedIp']) {
      expect(isProtected(type)).not.toContain(undefined);
    }
    expect(isProtected('Instance')).toEqual([undefined]);
  });

  test('goes, when it may, and leaves nothing', async () => {
    await stack.setConfig({ protect: false });
    await stack.up();
    await stack.destroy();
    const state = JSON.parse(readFileSync(join(folder, 'civo.json'), 'utf8')) as Record<
      string,
      { label?: string; name?: string }[]
    >;
    // The ledger is what was there, for the bill.
    const left = Object.entries(state)
      .flatMap(([kind, things]) => (kind === 'ledger' ? [] : things))
      .filter((one) => `${one.label ?? ''}${one.name ?? ''}`.startsWith('mastodon-test'));
    expect(left).toEqual([]);
  });
});
