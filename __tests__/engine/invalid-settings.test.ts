import { join } from 'node:path';
import fc from 'fast-check';
import { mistakes, withMistakes } from '../support/invalid-settings';
import { programSettings } from '../support/program-settings';
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

test('a secret that was given without --secret ends the preview with the command that encrypts it, also beside an encrypted one', async () => {
  const stack = await createStack({ projectDir: join(__dirname, '..', '..'), env: { CIVO_TOKEN: 'x' } });
  const settings = programSettings('https://civo.invalid');
  const mastodon = { ...(settings.mastodon as object), environment: { DEEPL_API_KEY: 'hush-plain' } };
  await stack.setConfig({ ...settings, mastodon });
  const secret = ['config', 'set', '--secret', '--path'];
  await stack.run([...secret, 'mastodon.environment.LDAP_PASSWORD', 'hush-encrypted']);
  await stack.run([...secret, 'smtp.password', 'hush-encrypted']);
  // With the file where people have it.
  const said = String(await stack.run(['preview']).catch((error: unknown) => error));
  expect(said).toContain(
    "mastodon-on-civo:mastodon.environment.DEEPL_API_KEY: is a secret, and Pulumi.test.yaml has it in plain text; encrypt it: pulumi config set --secret --path 'mastodon.environment.DEEPL_API_KEY'",
  );
  expect(said).not.toMatch(/LDAP_PASSWORD|smtp\.password|hush/);
  stack.remove();
}, 900_000);
