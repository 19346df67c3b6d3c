/** A secret that is in the stack's file in plain text is refused, with the command that encrypts it. */
import { openSecrets, type Origin } from '../../settings/open-secrets';
import { sentence } from '../../settings/problem';
import { SETTINGS } from '../../settings/schema';

type Raw = Record<string, unknown>;

const smtp = { host: 'smtp.example.net', password: 'hush' };
const mastodon = {
  version: '4.7.6',
  environment: { DEEPL_API_KEY: 'hush', DEFAULT_LOCALE: 'de' },
  extraEnvironment: { OUR_KEY: 'hush' },
};

const problems = (given: Raw, origin: Partial<Origin> = {}) =>
  openSecrets(SETTINGS, given, {
    file: 'Pulumi.prod.yaml',
    isSecret: () => false,
    written: {},
    ...origin,
  }).map(sentence);

test('each is named, without its value, and with what to do', () => {
  const found = problems({ smtp, mastodon, alerts: { webhook: 'https://hooks.example.net/1' } });
  expect(found).toEqual([
    expect.stringMatching(/^smtp\.password: is a secret, and Pulumi\.prod\.yaml has it in plain text; encrypt it: pulumi config set --secret --path 'smtp\.password'\./),
    expect.stringMatching(/^mastodon\.environment\.DEEPL_API_KEY: .* --path 'mastodon\.environment\.DEEPL_API_KEY'\./),
    expect.stringMatching(/^mastodon\.extraEnvironment\.OUR_KEY: /),
  ]);
  expect(found.join()).not.toContain('hush');
}); // prettier-ignore

test('what Pulumi keeps as one secret is one', () => {
  expect(problems({ adopted: { from: 'kit', secrets: { secretKeyBase: 'hush', backupCipher: 'hush' } } })).toEqual([
    expect.stringContaining('adopted: is a secret, and Pulumi.prod.yaml has it in plain text; encrypt it: pulumi config set --secret adopted.'),
  ]);
}); // prettier-ignore

test('beside an encrypted one of the same object the file shows which is plain', () => {
  const written = { mastodon: { environment: { DEEPL_API_KEY: { secure: 'v1:x' } }, extraEnvironment: { OUR_KEY: 'hush' } } };
  expect(problems({ mastodon }, { isSecret: () => true, written })).toEqual([
    expect.stringMatching(/^mastodon\.extraEnvironment\.OUR_KEY: /),
  ]);
  // Another file than the one that the run has (--config-file) proves nothing.
  const other = { mastodon: { environment: { DEEPL_API_KEY: 'of another stack' } } };
  expect(problems({ mastodon }, { isSecret: () => true, written: other })).toEqual([]);
}); // prettier-ignore

test('what is encrypted, empty or missing is not refused, and nothing at a cloud on this computer is', () => {
  expect(problems({ smtp, mastodon }, { isSecret: () => true, written: undefined })).toEqual([]);
  expect(
    problems({ smtp: { host: 'x', password: '' }, mastodon: { environment: {} }, backup: 'text' }),
  ).toEqual([]);
  expect(problems({ smtp, apiEndpoint: 'http://127.0.0.1:7480' })).toEqual([]);
  expect(problems({ smtp, apiEndpoint: 'https://api.civo.com' })).toHaveLength(1);
});
