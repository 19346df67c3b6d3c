import { join } from 'node:path';
import fc from 'fast-check';
import { mistakes, withMistakes } from '../support/invalid-settings';
import { TestCivo } from '../support/test-civo';
import { createStack, PulumiError } from '../support/stack';

// What `judge` refuses is tried for hundreds in __tests__/unit; here it is that the program asks it before all else.
test('wrong settings end the run before the first call to Civo, with their keys and without a stack trace', async () => {
  const civo = await TestCivo.start();
  const stack = await createStack({
    projectDir: join(__dirname, '..', '..'),
    env: { CIVO_TOKEN: civo.api.token },
  });
  for (const made of fc.sample(mistakes, { numRuns: 4, seed: 20261123 })) {
    const raw = withMistakes([{ path: 'region', value: 'nowhere' }, ...made]);
    await stack.setConfig({ apiEndpoint: civo.api.url, ...raw });
    const error: unknown = await stack.up().catch((reason: unknown) => reason);
    if (!(error instanceof PulumiError)) throw new Error('wrong settings were taken');
    const { stdout, stderr } = error.result;
    const said = `${stdout}${stderr}`;
    // A value of the wrong type is refused by the engine itself, by the schema in Pulumi.yaml: the first one, and alone.
    const [, wrongType] = /configuration key '(\w+)' must be of type/.exec(said) ?? [];
    if (wrongType !== undefined) expect(made.map(({ path }) => path.split(/[.[]/)[0])).toContain(wrongType);
    else for (const { path } of made) expect(said).toContain(`mastodon-on-civo:${path}`);
    expect(said).not.toMatch(/\bat .*\.[jt]s:\d+/);
    expect(civo.api.requests).toEqual([]);
  }
  stack.remove();
  await civo.stop();
}, 900_000);
