/** What of an old server's `.env.production` does not come along: this program sets Mastodon's variables itself. */
import { IMPORTED_SECRETS, variableOf } from '../settings/secretNames';

/** What the machine has of its own, or needs no more: names and addresses of the database, Redis, the store and the relay. */
const REPLACED =
  /^(LOCAL_DOMAIN|WEB_DOMAIN|RAILS_ENV|NODE_ENV|BIND|PORT|SOCKET|RAILS_LOG_LEVEL|RAILS_SERVE_STATIC_FILES|TRUSTED_PROXY_IP|WEB_CONCURRENCY|MAX_THREADS|SIDEKIQ_CONCURRENCY|STREAMING_CLUSTER_NUM|DATABASE_URL|(REPLICA_)?DB_\w+|PREPARED_STATEMENTS|((CACHE|SIDEKIQ)_)?REDIS_\w+|AWS_\w+|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS)$/;
/** Of the store and the relay, the rest changes what the server does: `S3_KEY_PREFIX`, `SMTP_REPLY_TO`. */
const PLACES =
  /^(S3_(ENABLED|PROTOCOL|PERMISSION|REGION|HOSTNAME|ENDPOINT|BUCKET|ALIAS_HOST|SIGNATURE_VERSION|OVERRIDE_PATH_STYLE|OPEN_TIMEOUT|READ_TIMEOUT|RETRY_LIMIT|FORCE_SINGLE_REQUEST)|SMTP_(SERVER|PORT|LOGIN|PASSWORD|FROM_ADDRESS|DOMAIN|AUTH_METHOD|CA_FILE|OPENSSL_VERIFY_MODE|ENABLE_STARTTLS|ENABLE_STARTTLS_AUTO|TLS|SSL|DELIVERY_METHOD))$/;

const isTrue = (value: string) => value === 'true';
const isSet = (value: string) => value !== '';

/** What decides who gets in, and with whom the server federates: Mastodon reads most of them as `== 'true'`. */
const DECISIVE: readonly (readonly [RegExp, (value: string) => boolean, string])[] = [
  [
    /^(LIMITED_FEDERATION|WHITELIST)_MODE$/,
    isTrue,
    'it spoke with allowed servers alone; the new one federates with all',
  ],
  [
    /^(OIDC|SAML|CAS|LDAP|PAM)_ENABLED$/,
    isTrue,
    'people log in elsewhere; here who has no password is locked out until they ask for a new one by mail',
  ],
  [/^OMNIAUTH_ONLY$/, isTrue, 'nobody could log in with a password; here everybody who has one can'],
  [/^ALTERNATE_DOMAINS$/, isSet, 'it answers under more names; the new one refuses them'],
  [
    /^AUTHORIZED_FETCH$/,
    isTrue,
    'without it whom you block can read along; set authorized_fetch: true in server.yaml',
  ],
  [
    /^DISALLOW_UNAUTHENTICATED_API_ACCESS$/,
    isTrue,
    'nobody reads the API without a login; here everybody does',
  ],
  [
    /^SINGLE_USER_MODE$/,
    isTrue,
    'its front page is the only account, and nobody can sign up; here neither is so',
  ],
  [/^EMAIL_DOMAIN_(ALLOWLIST|WHITELIST)$/, isSet, 'these e-mail domains alone could sign up; here all can'],
  [
    /^EMAIL_DOMAIN_(DENYLIST|BLACKLIST)$/,
    isSet,
    'these e-mail domains could not sign up; list them in email-domain-blocks.csv',
  ],
];

export interface LeftOut {
  /** `NAME: what it means`: they change who gets in, or with whom the server federates. */
  readonly decisive: readonly string[];
  /** The names of all others. */
  readonly others: readonly string[];
}

/** Values are never printed: some are secrets. */
export function leftOut(variables: ReadonlyMap<string, string>): LeftOut {
  const decisive: string[] = [];
  const others: string[] = [];
  const secrets = IMPORTED_SECRETS.map(variableOf);
  for (const [name, value] of variables) {
    if (secrets.includes(name) || REPLACED.test(name) || PLACES.test(name) || value === '') continue;
    const meaning = DECISIVE.find(([names, matters]) => names.test(name) && matters(value))?.[2];
    if (meaning === undefined) others.push(name);
    else decisive.push(`${name}: ${meaning}`);
  }
  return { decisive, others };
}
