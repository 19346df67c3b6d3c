import { join } from 'node:path';
import { programSettings } from '../support/program-settings';
import { createStack, PulumiError } from '../support/stack';

jest.setTimeout(1_800_000);

test('an unreachable Civo is reported as that, without a stack trace', async () => {
  const stack = await createStack({
    projectDir: join(__dirname, '..', '..'),
    config: programSettings('http://127.0.0.1:9'), // the port "discard" has no listener
    env: { CIVO_TOKEN: 'any' },
  });
  const error: unknown = await stack.preview().catch((reason: unknown) => reason);
  stack.remove();
  const output = error instanceof PulumiError ? error.result.stdout + error.result.stderr : '';
  expect(output).toContain('Check that CIVO_TOKEN holds a valid API key');
  expect(output).not.toMatch(/\bat .*\.[jt]s:\d+/);
});
