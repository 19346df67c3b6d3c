import { join } from 'node:path';
import { TestCivo } from '../unit/civo-client';
import earlier from './earlierState.json';
import { programSettings } from './programSettings';
import { createStack, type Deployment, type Stack } from './stack';

jest.setTimeout(240_000);

let civo: TestCivo;
let stack: Stack;

beforeAll(async () => {
  civo = await TestCivo.start();
  const config = { ...programSettings(civo.api.url), protect: true };
  const projectDir = join(__dirname, '..', '..');
  stack = await createStack({ projectDir, config, env: { CIVO_TOKEN: civo.api.token } });
}, 1_800_000);

afterAll(async () => {
  stack.remove();
  await civo.stop();
});

/** What there is of a state, without the stack's own name: `mastodon:civo:Machine$civo:index/instance:Instance::mastodon-test`. */
const names = ({ deployment }: Deployment) =>
  (deployment.resources ?? []).map(({ urn }) => urn.split('::').slice(2).join('::')).sort();

/** A state as the program wrote it before its parts were put into one component. */
function asEarlier({ version, deployment }: Deployment): Deployment {
  const server = deployment.resources?.find(({ type }) => type === 'mastodon:civo:MastodonServer');
  const root = deployment.resources?.find(({ type }) => type === 'pulumi:pulumi:Stack');
  const resources = deployment.resources?.filter((resource) => resource !== server);
  const text = JSON.stringify({ version, deployment: { ...deployment, resources } })
    .replaceAll(server?.urn ?? '', root?.urn ?? '')
    .replaceAll('mastodon:civo:MastodonServer$', '')
    .replaceAll('::mastodon-test-secrets', '::secrets')
    .replaceAll('::mastodon-test-civo', '::civo');
  return JSON.parse(text) as Deployment;
}

test('a stack of before MastodonServer goes on with all that it has', async () => {
  await stack.up();
  const now = await stack.export();
  const before = asEarlier(now);
  // Recorded from the program of that time.
  expect(names(before)).toEqual(earlier);

  await stack.import(before);
  const calls = civo.api.requests.length;
  expect((await stack.up()).changes).toEqual({ create: 1, same: earlier.length });
  expect(civo.api.requests.slice(calls).filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(names(await stack.export())).toEqual(names(now));
  await stack.preview({ expectNoChanges: true });
});
