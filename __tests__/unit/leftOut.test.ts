import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { leftOut } from '../../operations/leftOut';
import { parseEnv } from '../../operations/dotenv';
import { secretEntries } from '../../settings/secretNames';

const left = (text: string) => leftOut(parseEnv(text));

test('an import names each variable that it drops, and never a value', () => {
  const found = left(
    ['LOCAL_DOMAIN=toot.example', 'DB_HOST=/run', 'REDIS_URL=redis://x', 'SIDEKIQ_REDIS_URL=redis://y', 'S3_BUCKET=b', 'SMTP_TLS=true',
      'ES_ENABLED=true', 'S3_KEY_PREFIX=old/', 'SMTP_REPLY_TO=a@toot.example', 'DEEPL_API_KEY=hush-hush', 'DEFAULT_LOCALE=', 'OUR_OWN=1'].join('\n'), // prettier-ignore
  );
  expect(found).toEqual({
    decisive: [],
    others: ['ES_ENABLED', 'S3_KEY_PREFIX', 'SMTP_REPLY_TO', 'DEEPL_API_KEY', 'OUR_OWN'],
  });
});

test.each([
  'LIMITED_FEDERATION_MODE=true', 'WHITELIST_MODE=true', 'OIDC_ENABLED=true', 'SAML_ENABLED=true', 'CAS_ENABLED=true', 'LDAP_ENABLED=true',
  'PAM_ENABLED=true', 'OMNIAUTH_ONLY=true', 'ALTERNATE_DOMAINS=old.example', 'AUTHORIZED_FETCH=true',
  'DISALLOW_UNAUTHENTICATED_API_ACCESS=true', 'SINGLE_USER_MODE=true', 'EMAIL_DOMAIN_ALLOWLIST=school.example',
  'EMAIL_DOMAIN_DENYLIST=spam.example',
])('%s is told as what changes access or federation', (line) => {
  const { decisive, others } = left(line);
  expect([decisive.map((one) => one.split(':')[0]), others]).toEqual([[line.split('=')[0]], []]);
}); // prettier-ignore

test('what is switched off changes neither access nor federation', () => {
  const { decisive, others } = left(
    'LIMITED_FEDERATION_MODE=false\nOIDC_ENABLED=false\nALTERNATE_DOMAINS=\n',
  );
  expect([decisive, others]).toEqual([[], ['LIMITED_FEDERATION_MODE', 'OIDC_ENABLED']]);
});

test("all that an export of ours writes is taken over, or is the machine's own", () => {
  const files = ['root/etc/mastodon/mastodon.env', 'handover/etc/mastodon/secrets.env'];
  const text = files
    .map((file) => readFileSync(join(__dirname, '..', '..', 'cloud-init', file), 'utf8'))
    .join('\n')
    // What depends on a setting, whole lines of it.
    .replaceAll(/^\{\{\w+\}\}$/gm, '');
  const secrets = secretEntries().flatMap(([, { variable }]) => (variable ? [`${variable}=hush\n`] : []));
  expect(left(`${text}\n${secrets.join('')}`)).toEqual({ decisive: [], others: [] });
});
