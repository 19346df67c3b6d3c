/** Variables of Mastodon's survive an export and an import: what the machine has becomes the same settings in another stack. */
import fc from 'fast-check';
import { environmentFiles } from '../../cloud-init/environment-files';
import { parseEnv } from '../../cli/lib/dotenv';
import { leaves, writeConfig } from '../../cli/lib/stack-config';
import type { PulumiCli } from '../../cli/lib/pulumi-cli';
import { exportedEnvironment } from '../../cli/move/export';
import { takenOver, underNewNames } from '../../cli/move/taken-over';
import { text } from '../../settings/kinds';

/** What the machine's files become, there and back. */
const moved = (environment: Readonly<Record<string, string>>) => {
  const files = environmentFiles('open', environment).map(({ content }) => content);
  const { settings, invalid } = takenOver(underNewNames(parseEnv(exportedEnvironment(files.join('')))), {});
  expect(invalid).toEqual([]);
  return settings;
};

test('each arrives, whichever process reads it, and secrets as secrets', () => {
  expect(moved({ DEEPL_API_KEY: 'a:fx', LOG_LEVEL: 'debug', AUTHORIZED_FETCH: 'true', DEFAULT_LOCALE: 'de' })).toEqual({
    'mastodon.federation': { value: 'open', secret: false },
    'mastodon.environment.DEEPL_API_KEY': { value: 'a:fx', secret: true },
    'mastodon.environment.LOG_LEVEL': { value: 'debug', secret: false },
    'mastodon.environment.AUTHORIZED_FETCH': { value: 'true', secret: false },
    'mastodon.environment.DEFAULT_LOCALE': { value: 'de', secret: false },
  });
}); // prettier-ignore

test('a secret of any text that a setting accepts arrives as it was', () => {
  const awkward = fc.constantFrom('"', "'", '`', '\\', '\\n', '#', ' #', '$HOME', '${x}', '=', ' ', 'é');
  const value = fc
    .array(fc.oneof(awkward, fc.string({ maxLength: 5 })), { minLength: 1, maxLength: 8 })
    .map((parts) => parts.join(''))
    .filter((one) => text().safeParse(one).success);
  fc.assert(
    fc.property(value, (LDAP_PASSWORD) => {
      expect(moved({ LDAP_PASSWORD })['mastodon.environment.LDAP_PASSWORD']?.value).toBe(LDAP_PASSWORD);
    }),
  );
});

test('is written so that Pulumi keeps it: secrets encrypted also where they were plain, and long numbers with all digits', async () => {
  const written: [args: string, input?: string][] = [];
  const output = (args: readonly string[], input?: string) => {
    written.push([args.join(' '), input]);
    return Promise.resolve('');
  };
  const mastodon = { version: '4.7.6', environment: { DEEPL_API_KEY: 'hush', OIDC_CLIENT_ID: '123456789012345678' } };
  await writeConfig({ output } as unknown as PulumiCli, {
    mastodon: { value: mastodon, secret: false },
    'smtp.password': { value: 'hush', secret: false },
  });
  expect(leaves('mastodon', mastodon)).toHaveLength(3);
  expect(written).toEqual([
    ['config set --secret --path mastodon-on-civo:mastodon.environment.DEEPL_API_KEY', 'hush'],
    ['config set --secret --path mastodon-on-civo:mastodon.environment.OIDC_CLIENT_ID', '123456789012345678'],
    ['config set --secret --path mastodon-on-civo:smtp.password', 'hush'],
    ['config set-all --path --plaintext mastodon-on-civo:mastodon.version=4.7.6', undefined],
  ]);
}); // prettier-ignore
