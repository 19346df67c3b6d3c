import type { TestCivo } from '../support/test-civo';
import earlier from './earlier-state.json';
import { paperStack } from '../support/paper-stack';
import type { Deployment, Stack } from '../support/stack';

jest.setTimeout(240_000);

let civo: TestCivo;
let stack: Stack;

beforeAll(async () => {
  ({ civo, stack } = await paperStack());
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
  // The program didn't read its own last outputs then.
  const resources = deployment.resources?.filter(
    (resource) => resource !== server && resource.type !== 'pulumi:providers:pulumi',
  );
  const text = JSON.stringify({ version, deployment: { ...deployment, resources } })
    .replaceAll(server?.urn ?? '', root?.urn ?? '')
    .replaceAll('mastodon:civo:MastodonServer$', '')
    .replaceAll('::mastodon-test-secrets', '::secrets')
    .replaceAll('::mastodon-test-civo', '::civo');
  return JSON.parse(text) as Deployment;
}

/** A run of `converge`, too, as it was before: to be made it needs a machine, to be kept it doesn't. */
function withConvergence({ version, deployment }: Deployment): Deployment {
  const resources = deployment.resources ?? [];
  const root = resources.find(({ type }) => type === 'pulumi:pulumi:Stack')?.urn ?? '';
  const instanceId = resources.find(({ type }) => type.endsWith(':Instance'))?.id;
  const urn = (types: string, name: string) =>
    `${root.split('::').slice(0, 2).join('::')}::${types}::${name}`;
  const [component, command] = ['mastodon:civo:Convergence', 'command:remote:Command'];
  const provider = urn('pulumi:providers:command', 'default_1_2_1');
  const parent = urn(component, 'mastodon-test');
  const run = {
    urn: urn(`${component}$${command}`, 'mastodon-test-converge'),
    custom: true,
    id: 'converge',
    type: command,
    inputs: { connection: { host: '192.0.2.7' }, create: 'true', triggers: [instanceId] },
    outputs: { connection: { host: '192.0.2.7' }, create: 'true', triggers: [instanceId], stdout: '' },
    parent,
    provider: `${provider}::1`,
  };
  const version121 = { version: '1.2.1' };
  return {
    version,
    deployment: {
      ...deployment,
      resources: [
        ...resources,
        {
          urn: provider,
          custom: true,
          id: '1',
          type: 'pulumi:providers:command',
          inputs: version121,
          outputs: version121,
        },
        { urn: parent, custom: false, type: component, parent: root },
        run,
      ],
    },
  };
}

test('a stack from before MastodonServer continues with all that it has', async () => {
  const now = await stack.export();
  const before = asEarlier(now);
  // Recorded from the program of that time.
  expect(names(before)).toEqual(earlier);

  await stack.import(before);
  const calls = civo.api.requests.length;
  // Pulumi doesn't count its default providers.
  const counted = earlier.filter((name) => !name.includes('::default_'));
  expect((await stack.up()).changes).toEqual({ create: 1, same: counted.length });
  expect(civo.api.requests.slice(calls).filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(names(await stack.export())).toEqual(names(now));
  await stack.preview({ expectNoChanges: true });
});

test('what ran on its machine is not forgotten', async () => {
  await stack.import(withConvergence(asEarlier(await stack.export())));
  await stack.setConfig({ converge: true });
  const { events } = await stack.preview();
  const steps = events.flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? []);
  const taken = (op: string) =>
    steps.filter((step) => step.op === op).map(({ urn }) => urn.split('::').at(-1));
  expect(taken('update')).toEqual(expect.arrayContaining(['mastodon-test-converge']));
  expect(taken('create')).not.toContain('mastodon-test-converge');
  expect([...taken('delete'), ...taken('replace')]).toEqual([]);
});
