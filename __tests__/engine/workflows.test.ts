/** What the workflows in .github run: their make targets, in a checkout of their own, with the stack's state in a bucket. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ensureToolchain } from '../../local/toolchain';
import { TestCivo } from '../unit/civo-client';
import { programSettings } from './programSettings';
import { StateBucket } from './stateBucket';

jest.setTimeout(600_000);

const original = join(__dirname, '..', '..');

let folder: string;
let checkout: string;
let civo: TestCivo;
let store: StateBucket;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'workflows-'));
  checkout = join(folder, 'checkout');
  civo = await TestCivo.start();
  const toolchain = await ensureToolchain();
  store = await StateBucket.start(toolchain, join(folder, 'buckets'));
  env = {
    ...toolchain.env,
    PATH: `${dirname(toolchain.pulumi)}:${process.env.PATH ?? ''}`,
    CIVO_TOKEN: civo.api.token,
    PULUMI_BACKEND_URL: store.url,
    PULUMI_CONFIG_PASSPHRASE: 'test',
    ...store.key,
  };
  makeCheckout();
}, 1_800_000);

afterAll(async () => {
  await store.stop();
  await civo.stop();
  rmSync(folder, { recursive: true });
});

function makeCheckout(): void {
  const left = ['node_modules', '.git', '.local', 'coverage'];
  const filter = (path: string) => !left.includes(basename(path));
  cpSync(original, checkout, { recursive: true, filter });
  symlinkSync(join(original, 'node_modules'), join(checkout, 'node_modules'));
  // Nothing to install.
  utimesSync(join(checkout, 'package-lock.json'), 0, 0);
  const { smtp, ...settings } = programSettings(civo.api.url) as { smtp: object };
  // No stack's key opens this one: only a preview without secrets gets by.
  changeSettings({ ...settings, smtp: { ...smtp, password: { secure: 'v1:AAAA:BBBB' } } });
  execFileSync('git', ['init', '--quiet'], { cwd: checkout });
  // As a link it is no folder, which .gitignore names.
  writeFileSync(join(checkout, '.git', 'info', 'exclude'), 'node_modules\n');
  commit();
}

function changeSettings(changes: object): void {
  const file = join(checkout, 'Pulumi.prod.yaml');
  const { config, ...rest } = parse(readFileSync(file, 'utf8')) as { config: object };
  const named = Object.entries(changes as Record<string, unknown>).map(
    ([key, value]) => [`mastodon-on-civo:${key}`, value] as const,
  );
  writeFileSync(file, stringify({ ...rest, config: { ...config, ...Object.fromEntries(named) } }));
}

function commit(): void {
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@toot.example'];
  execFileSync('git', ['add', '--all'], { cwd: checkout });
  execFileSync('git', [...author, 'commit', '--quiet', '--message', 'test'], { cwd: checkout });
}

/** Commands that end with their output; the local Civo answers meanwhile, so nothing here may block. */
function run(
  command: string,
  args: readonly string[],
  variables = env,
): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: checkout, env: variables });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.on('close', (code) => {
      resolve({ code: code ?? 1, said });
    });
  });
}

const make = (target: string, ...variables: string[]) => run('make', [target, ...variables]);

/** What it says, if it succeeds. */
async function success(done: ReturnType<typeof run>): Promise<string> {
  const { code, said } = await done;
  if (code === 0) return said;
  throw new Error(`exit code ${String(code)}:\n${said}`);
}

test('preview.yml: tells what a pull request changes, without a secret and without Civo', async () => {
  changeSettings({ size: 'g3.large', mediaGb: 1000 });
  const file = join(checkout, 'cloud-init', 'handover', 'etc', 'nginx', 'sites-enabled', 'media.conf');
  writeFileSync(file, `${readFileSync(file, 'utf8')}# changed\n`);
  const blocks = join(checkout, 'community', 'domain-blocks.csv');
  writeFileSync(blocks, readFileSync(blocks, 'utf8').replace('ads.example,silence', 'ads.example,suspend'));
  commit();
  const secrets = /^(CIVO_TOKEN|AWS_.*|PULUMI_(BACKEND_URL|CONFIG_PASSPHRASE))$/;
  const others = Object.fromEntries(Object.entries(env).filter(([name]) => !secrets.test(name)));
  await success(run('make', ['preview-comment', 'BASE=HEAD^1', 'STACK=prod', 'FILE=comment.md'], others));

  const comment = readFileSync(join(checkout, 'comment.md'), 'utf8');
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

test('preview.yml: a pull request that breaks a guard rail is told which', async () => {
  const file = join(checkout, 'settings', 'firewallRules.ts');
  const text = readFileSync(file, 'utf8');
  const broken = text.replace('cidrs: sshRanges(settings)', 'cidrs: ANYWHERE');
  expect(broken).not.toBe(text);
  writeFileSync(file, broken);
  await success(make('preview-comment', 'BASE=HEAD', 'STACK=prod', 'FILE=comment.md'));
  writeFileSync(file, text);
  expect(readFileSync(join(checkout, 'comment.md'), 'utf8')).toMatch(
    /\*\*It is refused:\*\*[^]*ssh-from-vpn-only/,
  );
});

describe('with the stack in a bucket', () => {
  const prod = 'FLAGS=--stack prod --yes';
  const kept = () => readdirSync(join(checkout, '.local', 'states')).sort();

  beforeAll(async () => {
    changeSettings({ smtp: programSettings(civo.api.url).smtp as object });
    await success(run('pulumi', ['stack', 'init', 'prod', '--non-interactive']));
  });

  test('deploy.yml: make up brings it up, and keeps the state of before', async () => {
    await success(make('up', prod));
    changeSettings({ mediaGb: 1500 });
    await success(make('up', prod));
    const [, before = ''] = kept();
    const state = readFileSync(join(checkout, '.local', 'states', before), 'utf8');
    expect(state).toContain('"maxSizeGb": 1000');
    expect(state).not.toContain('secret-of-the-state');
    const file = join('.local', 'states', before);
    await success(run('pulumi', ['stack', 'import', '--stack', 'prod', '--file', file]));
    expect(await make('up', prod));
  });

  test('drift.yml: make drift tells what somebody changed at Civo, and leaves the state as it is', async () => {
    await success(make('drift', 'FLAGS=--stack prod'));
    const before = await run('pulumi', ['stack', 'export', '--stack', 'prod']);
    const firewall = civo.state.firewalls.find(({ name }) => name === 'mastodon-prod');
    const [rule] = firewall?.rules ?? [];
    await civo.delete(`/v2/firewalls/${String(firewall?.id)}/rules/${String(rule?.id)}`);
    const { code, said } = await make('drift', 'FLAGS=--stack prod');
    expect(code).not.toBe(0);
    expect(said).toContain('mastodon-prod');
    expect(await run('pulumi', ['stack', 'export', '--stack', 'prod'])).toEqual(before);
  });
});
