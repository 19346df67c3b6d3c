import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ensureToolchain, type Toolchain } from '../../local/toolchain';

jest.setTimeout(120_000);

const checkout = join(__dirname, '..', '..');

let folder: string;
let toolchain: Toolchain;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cost-'));
  cpSync(join(checkout, 'Pulumi.yaml'), join(folder, 'Pulumi.yaml'));
  toolchain = await ensureToolchain();
  env = {
    ...toolchain.env,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: 'test',
    PATH: `${dirname(toolchain.pulumi)}${delimiter}${process.env.PATH ?? ''}`,
  };
  pulumi('stack', 'init', 'test');
}, 1_800_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function pulumi(...args: string[]): void {
  const { status, stderr } = spawnSync(toolchain.pulumi, [...args, '--cwd', folder], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

/** `bin/mastodon cost`, on the test's stack. */
function cost(flags = ['--cwd', folder]) {
  const command = join(checkout, 'node_modules', '.bin', 'tsx');
  return spawnSync(command, [join(checkout, 'cli', 'make.ts'), 'cost', ...flags], {
    env,
    encoding: 'utf8',
    cwd: checkout,
  });
}

test('prices what the stack sets, and what the project sets where the stack does not', () => {
  pulumi('config', 'set', 'mediaGb', '1500');
  const { status, stdout } = cost();
  expect(status).toBe(0);
  expect(stdout).toMatch(/machine, g3\.medium .* 21\.73$/m);
  expect(stdout).toMatch(/media, 1500 GB +16\.29$/m);
  expect(stdout).toMatch(/backups, 500 GB +5\.43$/m);
  expect(stdout).toMatch(/total +43\.45$/m);
});

test('says what has no price, and where to put one, without a stack trace', () => {
  pulumi('config', 'set', 'size', 'g4s.medium');
  const { status, stderr } = cost();
  expect(status).toBe(1);
  expect(stderr).toContain('mastodon-on-civo:size = g4s.medium: cli/cost/prices.yaml has no price for it');
  expect(stderr).not.toMatch(/\bat .*\.ts:\d+/);
});

test('says so when there is no such stack', () => {
  const { status, stderr } = cost(['--cwd', folder, '--stack', 'other']);
  expect(status).toBe(1);
  expect(stderr).toContain('pulumi config failed');
  expect(stderr).toContain("no stack named 'other' found");
});
