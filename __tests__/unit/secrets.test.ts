/** One more secret in the table, and nothing else: it reaches everything that deals with secrets. */
import * as pulumi from '@pulumi/pulumi';
import { SECRETS } from '../../settings/secrets-table';
import { programSettings } from '../support/program-settings';
import { mockProgram, type Registered, settled } from '../../trials/program-mocks';

const mockRotation = { by: 'replace', effect: 'Pages are signed again.' } as const;

jest.mock('../../settings/secrets-table', () => {
  const { SECRETS: secrets } = jest.requireActual<{ SECRETS: typeof SECRETS }>(
    '../../settings/secrets-table',
  );
  const pageKey = {
    description: 'signs pages.',
    variable: 'PAGE_KEY',
    made: { resource: 'page-key', letters: 20 },
    imported: true,
    rotation: mockRotation,
  };
  return { SECRETS: { ...secrets, pageKey } };
});

test('the program makes it, brings it to the machine and puts it into the kit', async () => {
  const registered: Registered[] = [];
  await mockProgram(pulumi, { ...programSettings('http://127.0.0.1:9'), converge: true }, registered);
  const { recovery } = (await import('../../index')) as unknown as {
    recovery: pulumi.Output<Record<string, string>>;
  };
  await settled(pulumi);
  const made = registered.find(({ name }) => name === 'mastodon-test-secrets-page-key');
  expect(made?.inputs).toMatchObject({ length: 20 });
  const value = 'generated-mastodon-test-secrets-page-key';
  const converge = registered.find(({ name }) => name.endsWith('-converge'));
  expect(String(converge?.inputs.stdin)).toContain(`\nPAGE_KEY=${value}\n`);
  expect(
    await new Promise((resolve) =>
      recovery.apply(({ pageKey }) => {
        resolve(pageKey);
      }),
    ),
  ).toBe(value);
});

test('a stack adopts it, and not without it; editors and the documentation know it', async () => {
  const { validate } = await import('../../settings/validate');
  const { settingsReference } = await import('../../docs/generate-settings');
  const problems = (secrets: object) => {
    const settings = { ...programSettings('http://127.0.0.1:9'), adopted: { from: 'server', secrets } };
    const validation = validate(settings);
    return 'problems' in validation ? validation.problems.join('\n') : '';
  };
  expect(problems({ pageKey: 'x' })).not.toContain('pageKey');
  expect(problems({})).toContain('adopted.secrets.pageKey: is missing; nothing is made up in its place');
  expect(settingsReference()).toContain('| `adopted.secrets.pageKey` | `PAGE_KEY`: signs pages. |');
});

test('an import and an export take it along, a kit needs it, and it is rotated', async () => {
  const { kitOf, missingParts } = await import('../../cli/recovery-kit/format');
  const { SERVER_SECRETS, variableOf } = await import('../../settings/secret-names');
  const { rotationNames, rotationOf } = await import('../../cli/rotate/rotations');
  expect(SERVER_SECRETS.map(variableOf)).toContain('PAGE_KEY');
  expect(missingParts(kitOf('prod', {}, new Map(), new Date()))).toContain('secrets.pageKey');
  expect(kitOf('prod', { recovery: { pageKey: 'x' } }, new Map(), new Date()).secrets).toEqual({
    pageKey: 'x',
  });
  expect(rotationNames()).toContain('page-key');
  expect(rotationOf('page-key')).toEqual(mockRotation);
});
