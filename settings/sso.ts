/** The settings of logins with an account that people have elsewhere. */
import { z } from 'zod';
import { matching, oneOf, secret, text, type Variables, yesOrNo } from './kinds';
import { HOST, PEM, PORT, URL_KIND } from './mastodon-variables/kinds';

const VERIFIED =
  'Whether e-mail addresses from there need no confirmation. Only where no person can choose the address of another one there.';

const name = (variable: string, example: string) =>
  text()
    .optional()
    .meta({
      description: 'What the button says.',
      examples: [example],
      derived: 'the name of the protocol',
      variable,
    });

const emailIsVerified = (variable: string) =>
  yesOrNo.default(false).meta({ description: VERIFIED, variable });

const issuer = text((given) => {
  if (/\/\.well-known\//.test(given))
    return 'expected the issuer alone, without /.well-known/ and what follows it';
  if (!given.startsWith('https://')) return 'expected an https:// address: what it says decides who logs in';
  return URL_KIND.schema.safeParse(given).success
    ? undefined
    : 'expected an address such as https://id.example.net/realms/school, and not the machine itself';
});

const oidc = z
  .strictObject({
    issuer: issuer.meta({
      description: 'Address of the provider, exactly as it calls itself: with or without a slash at the end. Its other addresses are asked of it.',
      examples: ['https://id.example.net/realms/school'],
      variable: 'OIDC_ISSUER',
    }),
    clientId: text().meta({ description: "The server's id at the provider.", examples: ['mastodon'], variable: 'OIDC_CLIENT_ID' }),
    clientSecret: secret.meta({ description: "The server's secret at the provider.", secret: true, variable: 'OIDC_CLIENT_SECRET' }),
    name: name('OIDC_DISPLAY_NAME', 'School account'),
    scope: z
      .array(matching(/^[^\s,]+$/, 'expected a scope, without spaces and commas'), 'expected a list of scopes')
      .refine((given) => given.includes('openid'), 'expected openid among them: without it a provider speaks OAuth, not OpenID Connect')
      .default(['openid', 'profile', 'email'])
      .meta({ description: 'What is asked of the provider.', examples: [['openid', 'profile', 'email', 'groups']], variable: 'OIDC_SCOPE' }),
    uidField: text().default('preferred_username').meta({ description: 'Field that becomes the username.', examples: ['nickname'], variable: 'OIDC_UID_FIELD' }),
    pkce: yesOrNo.default(false).meta({ description: 'Whether the exchange is secured with PKCE. Some providers demand it.', variable: 'OIDC_USE_PKCE' }),
    emailIsVerified: emailIsVerified('OIDC_SECURITY_ASSUME_EMAIL_IS_VERIFIED'),
  })
  .optional()
  .meta({
    description: 'A provider of OpenID Connect. It sends people back to `https://WEBDOMAIN/auth/auth/openid_connect/callback`. One without discovery goes into `mastodon.environment`.',
    derived: 'none',
    variables: {
      OIDC_ENABLED: () => 'true',
      OIDC_DISCOVERY: () => 'true',
      OIDC_REDIRECT_URI: (_, { webDomain }) => `https://${webDomain}/auth/auth/openid_connect/callback`,
    } satisfies Variables<unknown>,
  }); // prettier-ignore

const attribute = (variable: string, description: string, example: string) =>
  text()
    .optional()
    .meta({ description, examples: [example], derived: "Mastodon's own", variable });

const saml = z
  .strictObject({
    loginUrl: URL_KIND.schema.meta({
      description: 'Where people log in at the provider.',
      examples: ['https://id.example.net/saml/login'],
      variable: 'SAML_IDP_SSO_TARGET_URL',
    }),
    certificate: PEM.schema.meta({ description: 'Certificate of the provider, in PEM.', examples: ['MIICajCCAdOgAwIBAgIBADANBgkq'], variable: 'SAML_IDP_CERT' }),
    issuer: text().optional().meta({ description: "The server's name at the provider (its entity id).", examples: ['mastodon'], derived: '`https://` and `webDomain`' }),
    name: name('SAML_DISPLAY_NAME', 'School account'),
    uidAttribute: attribute('SAML_ATTRIBUTES_STATEMENTS_UID', 'Attribute that becomes the username.', 'urn:oid:0.9.2342.19200300.100.1.1'),
    emailAttribute: attribute('SAML_ATTRIBUTES_STATEMENTS_EMAIL', 'Attribute that is the e-mail address.', 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6'),
    nameAttribute: attribute('SAML_ATTRIBUTES_STATEMENTS_FULL_NAME', 'Attribute that is the name.', 'urn:oid:2.16.840.1.113730.3.1.241'),
    emailIsVerified: emailIsVerified('SAML_SECURITY_ASSUME_EMAIL_IS_VERIFIED'),
  })
  .optional()
  .meta({
    description: 'A provider of SAML 2. It sends people back to `https://WEBDOMAIN/auth/auth/saml/callback`.',
    derived: 'none',
    variables: {
      SAML_ENABLED: () => 'true',
      SAML_ACS_URL: (_, { webDomain }) => `https://${webDomain}/auth/auth/saml/callback`,
      SAML_ISSUER: ({ issuer: given }, { webDomain }) => given ?? `https://${webDomain}`,
    } satisfies Variables<{ issuer?: string }>,
  }); // prettier-ignore

const cas = z
  .strictObject({
    url: URL_KIND.schema.meta({ description: 'Address of CAS.', examples: ['https://cas.example.net/cas'], variable: 'CAS_URL' }),
    name: name('CAS_DISPLAY_NAME', 'School account'),
    uidKey: attribute('CAS_UID_KEY', 'Attribute that becomes the username.', 'uid'),
    emailKey: attribute('CAS_EMAIL_KEY', 'Attribute that is the e-mail address.', 'mail'),
    nameKey: attribute('CAS_NAME_KEY', 'Attribute that is the name.', 'displayName'),
    emailIsVerified: emailIsVerified('CAS_SECURITY_ASSUME_EMAIL_IS_VERIFIED'),
  })
  .optional()
  .meta({ description: 'A CAS.', derived: 'none', variables: { CAS_ENABLED: () => 'true' } satisfies Variables<unknown> }); // prettier-ignore

/** Net::LDAP's names, and the ports that servers listen on. */
const ENCRYPTIONS = {
  tls: { method: 'simple_tls', port: '636' },
  starttls: { method: 'start_tls', port: '389' },
  none: { method: 'plain', port: '389' },
};

/** Where a setting is invalid it may be any text. */
const encryptionOf = (given: string) =>
  ENCRYPTIONS[given as keyof typeof ENCRYPTIONS] as (typeof ENCRYPTIONS)['tls'] | undefined;

const ldap = z
  .strictObject({
    host: HOST.schema.meta({ description: 'Host of LDAP.', examples: ['ldap.example.net'], variable: 'LDAP_HOST' }),
    port: PORT.schema.optional().meta({ description: 'Port of LDAP.', examples: [3269], derived: '636, or 389 where `encryption` is not `tls`' }),
    encryption: oneOf(['tls', 'starttls', 'none']).default('tls').meta({ description: 'How the connection is encrypted: `tls` from the first byte, `starttls`, or `none`, where all passwords go over the network in the clear.', variables: { LDAP_METHOD: (how) => encryptionOf(how)?.method } satisfies Variables<string> }),
    base: text().meta({ description: 'Where people are searched.', examples: ['ou=people,dc=example,dc=net'], variable: 'LDAP_BASE' }),
    bindDn: text().meta({ description: 'Name that the server searches under.', examples: ['cn=mastodon,dc=example,dc=net'], variable: 'LDAP_BIND_DN' }),
    password: secret.meta({ description: 'Password of that name.', secret: true, variable: 'LDAP_PASSWORD' }),
    uid: text().default('cn').meta({ description: 'Attribute that becomes the username.', examples: ['uid'], variable: 'LDAP_UID' }),
    mail: text().default('mail').meta({ description: 'Attribute that is the e-mail address.', examples: ['email'], variable: 'LDAP_MAIL' }),
    filter: text(filterProblem).optional().meta({
      description: 'Who may log in: an LDAP filter, in which `%{uid}`, `%{mail}` and `%{email}` stand for the two attributes and for what was typed.',
      examples: ['(&(memberOf=cn=mastodon,dc=example,dc=net)(%{mail}=%{email}))'],
      derived: '`(|(%{uid}=%{email})(%{mail}=%{email}))`',
      variable: 'LDAP_SEARCH_FILTER',
    }),
  })
  .optional()
  .meta({
    description: 'An LDAP server, whose passwords people log in with.',
    derived: 'none',
    variables: {
      LDAP_ENABLED: () => 'true',
      LDAP_PORT: ({ encryption, port }) => port ?? encryptionOf(encryption)?.port,
    } satisfies Variables<{ encryption: string; port?: string }>,
  }); // prettier-ignore

/** Ruby's `format` fills it in: an unknown name ends every login with an error, and without what was typed anybody is found. */
function filterProblem(given: string): string | undefined {
  const names = [...given.matchAll(/%\{(\w*)\}/g)].map(([, one]) => one ?? '');
  if (/%(?!\{(uid|mail|email)\})/.test(given))
    return 'expected one of {uid}, {mail} and {email} behind each %, as in (%{mail}=%{email})';
  if (!names.includes('email')) return 'expected %{email} in it: what was typed at the login';
  return /^\(.*\)$/.test(given) ? undefined : 'expected a filter in brackets, such as (%{mail}=%{email})';
}

export const sso = z
  .strictObject({
    oidc,
    saml,
    cas,
    ldap,
    only: yesOrNo.default(false).meta({
      description: 'Whether people log in with these alone, and not with a password of this server. It needs `oidc`, `saml` or `cas`.',
      variables: { OMNIAUTH_ONLY: (only) => (only ? 'true' : undefined) } satisfies Variables<boolean>,
    }),
    oneClick: yesOrNo.default(false).meta({
      description: 'Whether one button leads to the only provider. It needs `only`.',
      variables: { ONE_CLICK_SSO_LOGIN: (oneClick) => (oneClick ? 'true' : undefined) } satisfies Variables<boolean>,
    }),
  })
  .optional()
  .meta({
    description: "Logins with an account that people have elsewhere. (PAM can't be had: the images' PAM knows no account.)",
    derived: 'none',
  }); // prettier-ignore
