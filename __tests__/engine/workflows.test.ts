/** What the workflows in .github run: their commands, in a checkout of their own, with the stack's state in a bucket. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureToolchain } from '../../local/toolchain';
import { TestCivo } from '../support/test-civo';
import { Checkout, success } from '../support/checkout';
import { programSettings } from '../support/program-settings';
import { StateBucket } from '../support/state-bucket';

jest.setTimeout(600_000);

let folder: string;
let checkout: Checkout;
let civo: TestCivo;
let store: StateBucket;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'workflows-'));
  civo = await TestCivo.start();
  const toolchain = await ensureToolchain();
  store = await StateBucket.start(toolchain, join(folder, 'buckets'));
  const env = {
    ...toolchain.env,
    PATH: `${dirname(toolchain.pulumi)}:${process.env.PATH ?? ''}`,
    CIVO_TOKEN: civo.api.token,
    PULUMI_BACKEND_URL: store.url,
    PULUMI_CONFIG_PASSPHRASE: 'test',
    ...store.key,
  };
  checkout = new Checkout(join(folder, 'checkout'), env);
  const { smtp, ...settings } = programSettings(civo.api.url) as { smtp: object };
  // No stack's key opens this one: only a preview without secrets gets by.
  checkout.changeSettings({ ...settings, smtp: { ...smtp, password: { secure: 'v1:AAAA:BBBB' } } });
  checkout.commit();
}, 1_800_000);

afterAll(async () => {
  await store.stop();
  await civo.stop();
  rmSync(folder, { recursive: true });
});

/** The command of bin/mastodon that a workflow runs. */
function commandOf(workflow: string): string {
  const text = readFileSync(join(checkout.folder, '.github', 'workflows', workflow), 'utf8');
  const [, command] = /run: (bin\/mastodon .+)$/m.exec(text) ?? [];
  if (command === undefined) throw new Error(`${workflow} runs no command of bin/mastodon`);
  return command;
}
const run = (workflow: string, env = checkout.env) => checkout.run('bash', ['-c', commandOf(workflow)], env);

test('preview.yml: shows what a pull request changes, without a secret and without Civo', async () => {
  checkout.changeSettings({ size: 'g3.large', mediaGb: 1000 });
  const file = join(checkout.folder, 'cloud-init', 'handover', 'etc', 'nginx', 'sites-enabled', 'media.conf');
  writeFileSync(file, `${readFileSync(file, 'utf8')}# changed\n`);
  const blocks = join(checkout.folder, 'community', 'domain-blocks.csv');
  writeFileSync(blocks, readFileSync(blocks, 'utf8').replace('ads.example,silence', 'ads.example,suspend'));
  checkout.commit();
  const secrets = /^(CIVO_TOKEN|AWS_.*|PULUMI_(BACKEND_URL|CONFIG_PASSPHRASE))$/;
  const others = Object.fromEntries(Object.entries(checkout.env).filter(([name]) => !secrets.test(name)));
  await success(run('preview.yml', others));

  const comment = readFileSync(join(checkout.folder, 'comment.md'), 'utf8');
  expect(comment).toMatch(/\| update \| `Instance mastodon-prod` \| size \|/);
  expect(comment).toMatch(/\| update \| `ObjectStore mastodon-prod-media` \| maxSizeGb \|/);
  expect(comment).not.toContain('mastodon-prod-backups');
  expect(comment).toContain('**On the machine:** `pulumi up` reboots the machine.');
  expect(comment).toContain('+# changed');
  expect(comment).toMatch(/^-block ads\.example \(silence\): Advertisements/m);
  expect(comment).toMatch(/^\+block ads\.example \(suspend\): Advertisements/m);
  expect(comment).toContain('1 decision changes');
  expect(comment).toContain('2 files change on the machine');
  expect(comment).toContain('**Cost:** 59.74 USD a month, +27.15');
});

test('preview.yml: a pull request that breaks a guard rail is shown which', async () => {
  const file = join(checkout.folder, 'network', 'firewall-rules.ts');
  const text = readFileSync(file, 'utf8');
  const broken = text.replace('cidrs: sshRanges(settings)', 'cidrs: ANYWHERE');
  expect(broken).not.toBe(text);
  writeFileSync(file, broken);
  await success(
    checkout.run('bin/mastodon', [
      'preview-comment',
      '--base',
      'HEAD',
      '--stack',
      'prod',
      '--file',
      'comment.md',
    ]),
  );
  writeFileSync(file, text);
  expect(readFileSync(join(checkout.folder, 'comment.md'), 'utf8')).toMatch(
    /\*\*It is refused:\*\*[^]*ssh-from-vpn-only/,
  );
});

describe('with the stack in a bucket', () => {
  const kept = () => readdirSync(join(checkout.folder, '.local', 'states')).sort();

  beforeAll(async () => {
    checkout.changeSettings({ smtp: programSettings(civo.api.url).smtp as object });
    await success(checkout.run('pulumi', ['stack', 'init', 'prod', '--non-interactive']));
  });

  test('deploy.yml: bin/mastodon up brings it up, and keeps the previous state', async () => {
    await success(run('deploy.yml'));
    checkout.changeSettings({ mediaGb: 1500 });
    await success(run('deploy.yml'));
    const [, before = ''] = kept();
    const state = readFileSync(join(checkout.folder, '.local', 'states', before), 'utf8');
    expect(state).toContain('"maxSizeGb": 1000');
    expect(state).not.toContain('secret-of-the-state');
    const file = join('.local', 'states', before);
    await success(checkout.run('pulumi', ['stack', 'import', '--stack', 'prod', '--file', file]));
    await success(run('deploy.yml'));
  });

  test('drift.yml: bin/mastodon drift reports what was changed at Civo, and leaves the state as it is', async () => {
    await success(run('drift.yml'));
    const before = await checkout.run('pulumi', ['stack', 'export', '--stack', 'prod']);
    const firewall = civo.state.firewalls.find(({ name }) => name === 'mastodon-prod');
    const [rule] = firewall?.rules ?? [];
    await civo.delete(`/v2/firewalls/${String(firewall?.id)}/rules/${String(rule?.id)}`);
    const { code, said } = await run('drift.yml');
    expect(code).not.toBe(0);
    expect(said).toContain('mastodon-prod');
    expect(await checkout.run('pulumi', ['stack', 'export', '--stack', 'prod'])).toEqual(before);
  });
});
