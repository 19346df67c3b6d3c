/**
 * Every variable of Mastodon's environment, by its name. They come from upstream's page of the configuration, from the
 * pages that it refers to, and from what Mastodon's own configuration reads; all in words of our own.
 */
import { DATABASE, REDIS, REPLICA, SEARCH, TRANSLATION } from './backend';
import { BULK_MAIL, MAIL, METRICS } from './mail';
import { CONTAINERS, HIDDEN_SERVICES, LIMITS, REPLIES } from './other';
import { CAS, LDAP, OIDC, PAM, SAML, SIGN_ON } from './sign-on';
import { DEPLOYMENT, SCALING, SECRETS, SITE } from './site';
import { CACHE_BUSTER, STORAGE, SWIFT } from './storage';
import type { Variables } from './variable';

/** What the list was made from. */
export const MADE_FROM = {
  /** The commit of mastodon/documentation whose content/en/admin/config.md was read, and its date. */
  documentation: '2903485da54a20f1da5e7dfb8b34712e6196e8f7',
  date: '2026-07-02',
  /** The minor versions of Mastodon that it holds for. */
  versions: ['4.6', '4.7'],
  /** Variables that have a heading of their own on that page. */
  headings: 253,
} as const;

export const VARIABLES: Variables = {
  ...SITE, ...SECRETS, ...DEPLOYMENT, ...SCALING, ...DATABASE, ...REPLICA, ...REDIS, ...SEARCH, ...TRANSLATION, ...MAIL,
  ...BULK_MAIL, ...METRICS, ...STORAGE, ...SWIFT, ...CACHE_BUSTER, ...SIGN_ON, ...OIDC, ...LDAP, ...PAM, ...CAS, ...SAML,
  ...HIDDEN_SERVICES, ...LIMITS, ...REPLIES, ...CONTAINERS,
}; // prettier-ignore
