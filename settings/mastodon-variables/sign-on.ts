/** Variables of logins with an account that people have elsewhere. */
import { choice, EMAIL_DOMAINS, HOST, PATH, PEM, PORT, TEXT, URL_KIND, whole, YES_NO } from './kinds';
import { group, open, refused } from './variable';

const NO = { default: 'false' } as const;
/** The code names these, and upstream's page does not. */
const CODE = { unlisted: true } as const;

export const SIGN_ON = group('Sign-on', {
  OMNIAUTH_ONLY: open(YES_NO, 'Whether people log in with OpenID Connect, SAML or CAS alone, and not with a password.', NO),
  ONE_CLICK_SSO_LOGIN: open(YES_NO, 'Whether one button leads to the only provider. Needs OMNIAUTH_ONLY.', NO),
  ALLOW_UNSAFE_AUTH_PROVIDER_REATTACH: open(YES_NO, 'Whether a login elsewhere with the same e-mail address takes over the account here. An attacker who can choose an address there takes over any account.', NO),
}); // prettier-ignore

export const OIDC = group('OpenID Connect', {
  OIDC_ENABLED: open(YES_NO, 'Whether people can log in with OpenID Connect.', { ...NO, ...CODE }),
  OIDC_DISPLAY_NAME: open(TEXT, 'What the button says.', CODE),
  OIDC_ISSUER: open(URL_KIND, 'Address of the provider.', CODE),
  OIDC_DISCOVERY: open(YES_NO, "Whether the provider's addresses are asked of it.", { ...NO, ...CODE }),
  OIDC_CLIENT_AUTH_METHOD: open(choice('basic', 'jwks', 'client_secret_basic', 'client_secret_post'), 'How the server identifies itself to the provider.', { default: 'basic', ...CODE }),
  OIDC_SCOPE: open(TEXT, 'What is asked of the provider, with commas: openid,profile,email.', CODE),
  OIDC_RESPONSE_TYPE: open(TEXT, 'Type of answer.', { default: 'code', ...CODE }),
  OIDC_RESPONSE_MODE: open(TEXT, 'How the answer comes.', { default: 'query', ...CODE }),
  OIDC_DISPLAY: open(choice('page', 'popup', 'touch', 'wap'), "How the provider's page looks.", { default: 'page', ...CODE }),
  OIDC_PROMPT: open(choice('none', 'login', 'consent', 'select_account'), 'What the provider asks each time.', CODE),
  OIDC_USE_PKCE: open(YES_NO, 'Whether the exchange is secured with PKCE.', { ...NO, ...CODE }),
  OIDC_SEND_NONCE: open(YES_NO, 'Whether a nonce is sent.', { default: 'true', ...CODE }),
  OIDC_SEND_SCOPE_TO_TOKEN_ENDPOINT: open(YES_NO, 'Whether the scope is sent with the request of a token as well.', { default: 'true', ...CODE }),
  OIDC_IDP_LOGOUT_REDIRECT_URI: open(URL_KIND, 'Where people go after they logged out at the provider.', CODE),
  OIDC_UID_FIELD: open(TEXT, 'Field that becomes the username, such as preferred_username.', CODE),
  OIDC_CLIENT_ID: open(TEXT, "The server's id at the provider.", CODE),
  OIDC_CLIENT_SECRET: open(TEXT, "The server's secret at the provider.", { secret: true, ...CODE }),
  OIDC_REDIRECT_URI: open(URL_KIND, 'Where the provider sends people back to: https://WEB_DOMAIN/auth/auth/openid_connect/callback.', CODE),
  OIDC_HTTP_SCHEME: open(choice('https', 'http'), 'Scheme of the provider without discovery.', { default: 'https', ...CODE }),
  OIDC_HOST: open(HOST, 'Host of the provider without discovery.', CODE),
  OIDC_PORT: open(PORT, 'Port of the provider without discovery.', { default: '443', ...CODE }),
  OIDC_AUTH_ENDPOINT: open(TEXT, 'Where people log in, without discovery.', CODE),
  OIDC_TOKEN_ENDPOINT: open(TEXT, 'Where tokens are, without discovery.', CODE),
  OIDC_USER_INFO_ENDPOINT: open(TEXT, 'Where profiles are, without discovery.', CODE),
  OIDC_JWKS_URI: open(TEXT, 'Where the keys are, without discovery.', CODE),
  OIDC_END_SESSION_ENDPOINT: open(TEXT, 'Where people log out, without discovery.', CODE),
  OIDC_SECURITY_ASSUME_EMAIL_IS_VERIFIED: open(YES_NO, 'Whether e-mail addresses of the provider need no confirmation.', { ...NO, ...CODE }),
}); // prettier-ignore

export const LDAP = group('LDAP', {
  LDAP_ENABLED: open(YES_NO, 'Whether people can log in with a password that LDAP knows.', NO),
  LDAP_HOST: open(HOST, 'Host of LDAP.', { default: 'localhost' }),
  LDAP_PORT: open(PORT, 'Port of LDAP.', { default: '389' }),
  LDAP_METHOD: open(choice('simple_tls', 'start_tls', 'plain'), 'How the connection is encrypted; plain: not at all.', { default: 'simple_tls' }),
  LDAP_BASE: open(TEXT, 'Where people are searched, such as ou=people,dc=example,dc=net.'),
  LDAP_BIND_DN: open(TEXT, 'Name that the server searches under.'),
  LDAP_PASSWORD: open(TEXT, 'Password of that name.', { secret: true }),
  LDAP_UID: open(TEXT, 'Attribute that becomes the username.', { default: 'cn' }),
  LDAP_MAIL: open(TEXT, 'Attribute that is the e-mail address.', { default: 'mail' }),
  LDAP_SEARCH_FILTER: open(TEXT, 'Filter of who may log in.', { default: '(|(%{uid}=%{email})(%{mail}=%{email}))' }),
  LDAP_UID_CONVERSION_ENABLED: open(YES_NO, 'Whether what a username may not contain is replaced.', NO),
  LDAP_UID_CONVERSION_SEARCH: open(TEXT, 'Characters that are replaced.', { default: '.,- ', ...CODE }),
  LDAP_UID_CONVERSION_REPLACE: open(TEXT, 'What they are replaced with.', { default: '_', ...CODE }),
  LDAP_TLS_NO_VERIFY: refused("an attacker in between could read everybody's passwords", YES_NO, 'Whether the certificate of LDAP is not verified.', { ...NO, ...CODE }),
}); // prettier-ignore

export const PAM = group('PAM', {
  PAM_ENABLED: open(YES_NO, "Whether people can log in with a password that the container's PAM knows. The images have no other than the empty one.", NO),
  PAM_EMAIL_DOMAIN: open(EMAIL_DOMAINS, 'Domain of the e-mail addresses of people who log in so.', { default: 'LOCAL_DOMAIN' }),
  PAM_DEFAULT_SERVICE: open(TEXT, 'Service of PAM that people log in with.', { default: 'rpam' }),
  PAM_CONTROLLED_SERVICE: open(TEXT, 'Service of PAM that decides whom an account is made for.'),
}); // prettier-ignore

export const CAS = group('CAS', {
  CAS_ENABLED: open(YES_NO, 'Whether people can log in with CAS.', NO),
  CAS_DISPLAY_NAME: open(TEXT, 'What the button says.'),
  CAS_URL: open(URL_KIND, 'Address of CAS.'),
  CAS_HOST: open(HOST, 'Host of CAS, in place of its address.'),
  CAS_PORT: open(PORT, 'Port of CAS.'),
  CAS_SSL: open(YES_NO, 'Whether CAS speaks HTTPS.', NO),
  CAS_VALIDATE_URL: open(TEXT, 'Where tickets are validated.'),
  CAS_CALLBACK_URL: open(URL_KIND, 'Where CAS sends people back to.'),
  CAS_LOGOUT_URL: open(TEXT, 'Where people log out.'),
  CAS_LOGIN_URL: open(TEXT, 'Where people log in.'),
  CAS_UID_FIELD: open(TEXT, 'Field that identifies people.', { default: 'user' }),
  CAS_CA_PATH: open(PATH, 'Certificates that vouch for CAS; a file or folder of the image.'),
  CAS_DISABLE_SSL_VERIFICATION: open(choice('false'), 'Whether the certificate of CAS is not verified. It always is: an attacker in between could log in as any person.', NO),
  CAS_UID_KEY: open(TEXT, 'Attribute that becomes the username.', { default: 'user' }),
  CAS_NAME_KEY: open(TEXT, 'Attribute that is the name.', { default: 'name' }),
  CAS_EMAIL_KEY: open(TEXT, 'Attribute that is the e-mail address.', { default: 'email' }),
  CAS_NICKNAME_KEY: open(TEXT, 'Attribute that is the nickname.', { default: 'nickname' }),
  CAS_FIRST_NAME_KEY: open(TEXT, 'Attribute that is the first name.', { default: 'firstname' }),
  CAS_LAST_NAME_KEY: open(TEXT, 'Attribute that is the last name.', { default: 'lastname' }),
  CAS_LOCATION_KEY: open(TEXT, 'Attribute that is the place.', { default: 'location' }),
  CAS_IMAGE_KEY: open(TEXT, 'Attribute that is the address of a picture, JPEG or PNG.', { default: 'image' }),
  CAS_PHONE_KEY: open(TEXT, 'Attribute that is the telephone number.', { default: 'phone' }),
  CAS_SECURITY_ASSUME_EMAIL_IS_VERIFIED: open(YES_NO, 'Whether e-mail addresses of CAS need no confirmation.', NO),
}); // prettier-ignore

export const SAML = group('SAML', {
  SAML_ENABLED: open(YES_NO, 'Whether people can log in with SAML.', NO),
  SAML_DISPLAY_NAME: open(TEXT, 'What the button says.', CODE),
  SAML_ACS_URL: open(URL_KIND, 'Where the provider sends people back to: https://WEB_DOMAIN/auth/auth/saml/callback.'),
  SAML_ISSUER: open(TEXT, "The server's name at the provider."),
  SAML_IDP_SSO_TARGET_URL: open(URL_KIND, 'Where people log in.'),
  SAML_IDP_CERT: open(PEM, 'Certificate of the provider, with or without its first and last line.'),
  SAML_IDP_CERT_FINGERPRINT: open(TEXT, 'Fingerprint of that certificate, in its place.'),
  SAML_NAME_IDENTIFIER_FORMAT: open(TEXT, 'Form of the name that identifies people.'),
  SAML_CERT: open(PEM, "The server's certificate."),
  SAML_PRIVATE_KEY: open(PEM, "The server's private key.", { secret: true }),
  SAML_SECURITY_WANT_ASSERTION_SIGNED: open(YES_NO, 'Whether what the provider says must be signed.', NO),
  SAML_SECURITY_WANT_ASSERTION_ENCRYPTED: open(YES_NO, 'Whether what the provider says must be encrypted.', NO),
  SAML_SECURITY_ASSUME_EMAIL_IS_VERIFIED: open(YES_NO, 'Whether e-mail addresses of the provider need no confirmation.', NO),
  SAML_ATTRIBUTES_STATEMENTS_UID: open(TEXT, 'Attribute that becomes the username.'),
  SAML_ATTRIBUTES_STATEMENTS_EMAIL: open(TEXT, 'Attribute that is the e-mail address.'),
  SAML_ATTRIBUTES_STATEMENTS_FULL_NAME: open(TEXT, 'Attribute that is the name.'),
  SAML_ATTRIBUTES_STATEMENTS_FIRST_NAME: open(TEXT, 'Attribute that is the first name.'),
  SAML_ATTRIBUTES_STATEMENTS_LAST_NAME: open(TEXT, 'Attribute that is the last name.'),
  SAML_ATTRIBUTES_STATEMENTS_VERIFIED: open(TEXT, 'Attribute that says whether the account is verified.'),
  SAML_ATTRIBUTES_STATEMENTS_VERIFIED_EMAIL: open(TEXT, 'Attribute that is a verified e-mail address.'),
  SAML_UID_ATTRIBUTE: open(TEXT, 'Attribute that identifies people, in place of their name.'),
  SAML_ALLOWED_CLOCK_DRIFT: open(whole(0, 600, 'seconds'), 'How far the clocks may differ.', { default: '0', ...CODE }),
}); // prettier-ignore
