import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { promisify } from 'node:util';
import { ensureToolchain } from '../../local/toolchain';
import { createStack, PulumiError, type Stack } from '../support/stack';

const PROGRAM = `
import * as pulumi from '@pulumi/pulumi';
import * as command from '@pulumi/command';
import * as random from '@pulumi/random';
import * as tls from '@pulumi/tls';

const config = new pulumi.Config();
const password = new random.RandomPassword('password', { length: config.getNumber('length') ?? 24, special: false });
const id = new random.RandomId('id', { byteLength: 4, prefix: 'id-' });
const key = new tls.PrivateKey('key', { algorithm: 'ECDSA', ecdsaCurve: 'P256' });
const greeting = new command.local.Command('greeting', {
  create: 'echo hello $NAME; echo careful >&2',
  update: 'echo again $NAME, after $PULUMI_COMMAND_STDOUT',
  environment: { NAME: config.require('name') },
  triggers: [config.get('trigger') ?? 'first'],
});
const echoed = new command.local.Command('echoed', { create: 'cat', stdin: password.result, logging: 'none' });

export const result = password.result;
export const hex = id.hex;
export const privateKeyPem = key.privateKeyPem;
export const stdout = greeting.stdout;
export const stderr = greeting.stderr;
export const secretStdout = echoed.stdout;
`;

const FILES = {
  'Pulumi.yaml': 'name: trial\nruntime: nodejs\n',
  'package.json': '{ "name": "trial", "main": "index.ts" }',
  'index.ts': PROGRAM,
};

interface Outputs {
  result: string;
  hex: string;
  privateKeyPem: string;
  stdout: string;
  stderr: string;
  secretStdout: string;
}

jest.setTimeout(20 * 60 * 1_000); // the toolchain may have to be built

describe('a small program on the real engine', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await createStack({ files: FILES, config: { name: 'world' } });
  });
  afterAll(() => {
    stack.remove();
  });

  test('a preview makes nothing', async () => {
    const preview = await stack.preview();
    expect(preview.changes).toEqual({ create: 6 });
    expect((await stack.export()).deployment.resources ?? []).toEqual([]);
  });

  test('up makes every resource, with outputs of the right form', async () => {
    expect((await stack.up()).changes).toEqual({ create: 6 });
    const outputs = await stack.outputs<Outputs>({ showSecrets: true });
    expect(outputs.result).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(outputs.hex).toMatch(/^id-[0-9a-f]{8}$/);
    expect(createPrivateKey(outputs.privateKeyPem).asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(outputs.stdout).toBe('hello world');
    expect(outputs.stderr).toBe('careful');
    expect(outputs.secretStdout).toBe(outputs.result);
  });

  test('secrets are encrypted in the state, and hidden in the outputs', async () => {
    const { result, privateKeyPem } = await stack.outputs<Outputs>({ showSecrets: true });
    const state = JSON.stringify(await stack.export());
    expect(state).not.toContain(result);
    expect(state).not.toContain(privateKeyPem.split('\n')[1]);
    expect(await stack.outputs()).toMatchObject({
      result: '[secret]',
      secretStdout: '[secret]',
      stdout: 'hello world',
    });
  });

  test('a second preview, and a refresh, find no change', async () => {
    await stack.preview({ expectNoChanges: true });
    expect((await stack.refresh()).changes).toEqual({ same: 6 });
    await stack.preview({ expectNoChanges: true });
  });

  test('a changed environment updates the command in place, which sees what it printed before', async () => {
    await stack.setConfig({ name: 'moon' });
    expect((await stack.up()).changes).toEqual({ same: 5, update: 1 });
    expect((await stack.outputs<Outputs>()).stdout).toBe('again moon, after hello world');
  });

  test('a changed trigger replaces the command', async () => {
    await stack.setConfig({ trigger: 'second' });
    expect((await stack.up()).changes).toEqual({ same: 5, replace: 1 });
    expect((await stack.outputs<Outputs>()).stdout).toBe('hello moon');
  });

  test('a longer password is another password', async () => {
    const before = await stack.outputs<Outputs>({ showSecrets: true });
    await stack.setConfig({ length: 30 });
    expect((await stack.up()).changes).toEqual({ same: 4, replace: 1, update: 1 });
    const after = await stack.outputs<Outputs>({ showSecrets: true });
    expect(after.result).toHaveLength(30);
    expect(after.secretStdout).not.toBe(before.secretStdout);
  });

  test('destroy leaves nothing', async () => {
    await stack.destroy();
    expect((await stack.export()).deployment.resources ?? []).toEqual([]);
  });
});

describe('what the stand-ins refuse', () => {
  test.each([
    ['an unknown resource', `new random.RandomPet('pet')`, 'RandomPet'],
    [
      'an input that is not supported',
      `new random.RandomPassword('p', { length: 9, number: true })`,
      'number',
    ],
    ['an impossible combination', `new random.RandomPassword('p', { length: 2, minUpper: 3 })`, 'minUpper'],
    [
      'a failing command',
      `new command.local.Command('c', { create: 'echo why; exit 3' })`,
      'exit status 3: running',
    ],
  ])('%s', async (_, statement, expected) => {
    const imports = `import * as random from '@pulumi/random'; import * as command from '@pulumi/command';`;
    const stack = await createStack({ files: { ...FILES, 'index.ts': `${imports}\n${statement};` } });
    try {
      const error: unknown = await stack.up().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(PulumiError);
      expect((error as PulumiError).message).toContain(expected);
    } finally {
      stack.remove();
    }
  });

  test('state in Google Cloud Storage, whose client the built CLI leaves out', async () => {
    const { source, pulumi, env } = await ensureToolchain();
    if (source === 'official') return;
    const variables = { PULUMI_BACKEND_URL: 'gs://bucket', GOOGLE_OAUTH_ACCESS_TOKEN: 'token' };
    const listed = promisify(execFile)(pulumi, ['stack', 'ls', '--cwd', __dirname], {
      env: { ...env, ...variables },
    });
    await expect(listed).rejects.toMatchObject({
      stderr: expect.stringContaining('Google Cloud Storage is not in this build') as string,
    });
  });
});
