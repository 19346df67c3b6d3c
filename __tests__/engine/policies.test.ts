import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { TestCivo } from '../unit/civo-client';
import { programSettings } from './programSettings';
import { createStack, PulumiError, type Stack } from './stack';

jest.setTimeout(240_000);

const checkout = join(__dirname, '..', '..');
const POLICIES = ['--policy-pack', join(checkout, 'policies')];

let civo: TestCivo;
let stack: Stack;

beforeAll(async () => {
  civo = await TestCivo.start();
  stack = await createStack({
    projectDir: checkout,
    config: { ...programSettings(civo.api.url), protect: true },
    env: { CIVO_TOKEN: civo.api.token },
  });
}, 1_800_000);

afterAll(async () => {
  stack.remove();
  await civo.stop();
});

test('lets pass', async () => {
  const r = await stack.preview({ flags: POLICIES });
  console.log(r.seconds, r.stdout.slice(-6000), r.stderr);
});
