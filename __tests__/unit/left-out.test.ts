import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from '../../cli/lib/dotenv';
import { leftOut } from '../../cli/move/left-out';
import { takenOver, underNewNames } from '../../cli/move/taken-over';
import { secretEntries } from '../../settings/secret-names';

const variables = (text: string) => underNewNames(parseEnv(text));
const left = (text: string) => leftOut(variables(text), 'files.toot.example');

test('an import names each variable that it drops, and never a value', () => {
  const found = left(
    ['LOCAL_DOMAIN=toot.example', 'DB_HOST=/run', 'REDIS_URL=redis://x', 'SIDEKIQ_REDIS_URL=redis://y', 'S3_BUCKET=b', 'SMTP_TLS=true',
      'SWIFT_PASSWORD=hush-hush', 'DEEPL_API_KEY=hush-hush', 'DEFAULT_LOCALE=', 'OUR_OWN=1'].join('\n'), // prettier-ignore
  );
  expect(found).toEqual({
    decisive: [],
    replaced: ['LOCAL_DOMAIN', 'DB_HOST', 'REDIS_URL', 'SIDEKIQ_REDIS_URL', 'S3_BUCKET', 'SMTP_TLS'],
    refused: ["SWIFT_PASSWORD: can't be given: media are in the bucket at Civo, which speaks S3"],
    unknown: ['OUR_OWN'],
  });
});

test.each([
  'PAM_ENABLED=true', 'EMAIL_DOMAIN_DENYLIST=spam.example', 'EMAIL_DOMAIN_BLACKLIST=spam.example', 'S3_KEY_PREFIX=old/',
  'PAPERCLIP_ROOT_URL=/media', 'S3_ALIAS_HOST=cdn.example', 'S3_CLOUDFRONT_HOST=cdn.example',
])('%s is reported as what changes access or where media are', (line) => {
  expect(left(line).decisive).toHaveLength(1);
}); // prettier-ignore

test('what is switched off, or as it is here, changes nothing', () => {
  const text = 'PAM_ENABLED=false\nEMAIL_DOMAIN_DENYLIST=\nPAPERCLIP_ROOT_URL=/system\nS3_ALIAS_HOST=files.toot.example\n';
  expect(left(text).decisive).toEqual([]);
}); // prettier-ignore

test('what has a counterpart becomes a setting: under new names, secrets as such, and none that the stack has', () => {
  const text = [
    'LIMITED_FEDERATION_MODE=true', 'OIDC_ENABLED=true', 'OIDC_CLIENT_ID=123456789012345678', 'LDAP_PASSWORD="a # b"', 'EMAIL_DOMAIN_WHITELIST=school.example',
    'SMTP_SERVER=smtp.example.net', 'SMTP_PASSWORD=hush', 'SMTP_FROM_ADDRESS=a@toot.example', 'ES_HOST=localhost',
  ].join('\n'); // prettier-ignore
  const { settings, names, invalid } = takenOver(variables(text), { smtp: { from: 'b@toot.example' } });
  expect(settings).toEqual({
    'mastodon.federation': { value: 'limited', secret: false },
    'mastodon.environment.OIDC_ENABLED': { value: 'true', secret: false },
    'mastodon.environment.OIDC_CLIENT_ID': { value: '123456789012345678', secret: false },
    'mastodon.environment.LDAP_PASSWORD': { value: 'a # b', secret: true },
    'mastodon.environment.EMAIL_DOMAIN_ALLOWLIST': { value: 'school.example', secret: false },
    'smtp.host': { value: 'smtp.example.net', secret: false },
    'smtp.password': { value: 'hush', secret: true },
  });
  expect(names).toEqual(['LIMITED_FEDERATION_MODE', 'OIDC_ENABLED', 'OIDC_CLIENT_ID', 'LDAP_PASSWORD', 'EMAIL_DOMAIN_ALLOWLIST', 'SMTP_SERVER', 'SMTP_PASSWORD']); // prettier-ignore
  expect(invalid).toEqual([expect.stringMatching(/^ES_HOST: expected a host/)]);
});

test('what a setting of the stack stands for stays as the stack has it, and is named', () => {
  const known = { mastodon: { search: { address: 'https://s.example.net' }, defaultLocale: 'de' } };
  const text = 'ES_HOST=old.example.net\nES_PREFIX=old\nDEFAULT_LOCALE=fr\nDEEPL_API_KEY=hush';
  const { settings, kept } = takenOver(variables(text), known);
  expect(Object.keys(settings)).toEqual(['mastodon.federation', 'mastodon.environment.DEEPL_API_KEY']);
  expect(kept).toEqual(['ES_HOST', 'ES_PREFIX', 'DEFAULT_LOCALE']);
});

test('a server that said nothing of its federation was open, and stays open', () => {
  expect(takenOver(variables(''), {}).settings).toEqual({
    'mastodon.federation': { value: 'open', secret: false },
  });
});

test("all that an export of ours writes is taken over, or is the machine's own", () => {
  const files = ['root/etc/mastodon/mastodon.env', 'handover/etc/mastodon/secrets.env'];
  const text = files
    .map((file) => readFileSync(join(__dirname, '..', '..', 'cloud-init', file), 'utf8'))
    .join('\n')
    // What depends on a setting, whole lines of it.
    .replaceAll(/^\{\{\w+\}\}$/gm, '');
  const secrets = secretEntries().flatMap(([, { variable }]) => (variable ? [`${variable}=hush\n`] : []));
  expect(leftOut(variables(`${text}\n${secrets.join('')}`), '{{mediaDomain}}')).toMatchObject({
    decisive: [],
    refused: [],
    unknown: [],
  });
});
