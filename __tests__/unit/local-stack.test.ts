import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentOf, readLocalStack } from '../../cli/local-stack';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'local-stack-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const stack = {
  stack: 'local',
  configFile: '/state/Pulumi.local.yaml',
  admin: 'alice',
  key: '/state/ssh/alice',
  path: ['/toolchain'],
  env: { PULUMI_BACKEND_URL: 'file:///state', PULUMI_CONFIG_PASSPHRASE_FILE: '/state/passphrase' },
};

test('the stack of a slot is read as make local describes it', () => {
  mkdirSync(join(folder, '3'));
  writeFileSync(join(folder, '3', 'stack.json'), JSON.stringify(stack));
  expect(readLocalStack('3', folder)).toEqual(stack);
});

test.each([
  ['0', 'There is no local stack in slot 0. Start one: make local'],
  ['1', 'There is no local stack in slot 1. Start one: LOCAL_SLOT=1 make local'],
  ['../3', 'LOCAL_SLOT is ../3; expected a whole number from 0 to 9.'],
])('slot %s: %s', (slot, message) => {
  expect(() => readLocalStack(slot, folder)).toThrow(message);
});

test('its environment wins, is complete, and is the same the second time', () => {
  const around = {
    PATH: '/bin',
    HOME: '/root',
    PULUMI_CONFIG_PASSPHRASE: 'other',
    PULUMI_BACKEND_URL: 's3://x',
  };
  const env = environmentOf(stack, around);
  expect(env).toEqual({ ...stack.env, HOME: '/root', PATH: '/toolchain:/bin' });
  expect(environmentOf(stack, env)).toEqual(env);
});
