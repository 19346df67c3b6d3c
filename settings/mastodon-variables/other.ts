/** Variables of hidden services, limits, and what the containers have beside Mastodon's own. */
import { choice, EMAIL_DOMAINS, PATH, RATIO, TEXT, URL_KIND, whole, YES_NO } from './kinds';
import { group, open, owned, refused } from './variable';

const ALWAYS = 'Mastodon 4.5 fetches replies always, and reads it no more';
const FOR_THE_CONTAINERS = 'the containers are started with it';
const OLD_NAME = 'it is the old name of';

export const HIDDEN_SERVICES = group('Hidden services', {
  http_proxy: open(URL_KIND, 'Proxy that all requests to other servers go through.'),
  http_hidden_proxy: open(URL_KIND, 'Proxy that requests to onion services go through.'),
  ALLOW_ACCESS_TO_HIDDEN_SERVICE: open(YES_NO, 'Whether requests to onion services are made at all, over HTTP.', { default: 'false' }),
}); // prettier-ignore

export const LIMITS = group('Limits', {
  HCAPTCHA_SITE_KEY: open(TEXT, 'Site key at hCaptcha, which new people then have to pass. captcha_enabled in server.yaml turns it on.'),
  HCAPTCHA_SECRET_KEY: open(TEXT, 'Secret key at hCaptcha.', { secret: true }),
  EMAIL_DOMAIN_ALLOWLIST: open(EMAIL_DOMAINS, 'The only domains of e-mail addresses that people can sign up with.'),
  EMAIL_DOMAIN_WHITELIST: refused(`${OLD_NAME} EMAIL_DOMAIN_ALLOWLIST`, EMAIL_DOMAINS, 'Old name of EMAIL_DOMAIN_ALLOWLIST.', { unlisted: true }),
  EMAIL_DOMAIN_DENYLIST: refused('it is deprecated; list them in email-domain-blocks.csv (docs/community-lists.md)', EMAIL_DOMAINS, 'Domains of e-mail addresses that are refused at sign-up.'),
  EMAIL_DOMAIN_BLACKLIST: refused(`${OLD_NAME} EMAIL_DOMAIN_DENYLIST; list them in email-domain-blocks.csv`, EMAIL_DOMAINS, 'Old name of EMAIL_DOMAIN_DENYLIST.', { unlisted: true }),
  EMAIL_DOMAIN_LISTS_APPLY_AFTER_CONFIRMATION: open(YES_NO, 'Whether the list is looked at again when a changed address is confirmed.', { default: 'false' }),
  MAX_SESSION_ACTIVATIONS: open(whole(1, 1000), 'Browsers that a person can be logged in with; one more logs the oldest out.', { default: '10' }),
  USER_ACTIVE_DAYS: open(whole(1, 365, 'days'), "Days after a person's last visit for which a home feed is kept ready.", { default: '7' }),
  MAX_FOLLOWS_THRESHOLD: open(whole(1, 10_000_000), 'Accounts that everybody may follow.', { default: '7500' }),
  MAX_FOLLOWS_RATIO: open(RATIO, 'How many more an account may follow than follow it, beyond that.', { default: '1.1' }),
  IP_RETENTION_PERIOD: open(whole(86_400, 315_360_000, 'seconds'), "How long people's addresses are kept.", { default: '31536000' }),
  SESSION_RETENTION_PERIOD: open(whole(86_400, 315_360_000, 'seconds'), 'How long a login lasts without a visit.', { default: '31536000' }),
  MAX_REQUEST_POOL_SIZE: open(whole(1, 65_536), 'Connections to other servers that each process keeps.', { default: '512' }),
  DISABLE_FOLLOWERS_SYNCHRONIZATION: open(YES_NO, 'Whether followers are not compared with what other servers know of them.', { default: 'false' }),
}); // prettier-ignore

export const REPLIES = group('Fetching of replies', {
  FETCH_REPLIES_ENABLED: refused(ALWAYS, YES_NO, 'Whether replies are fetched when a post is opened.', { until: '4.4' }),
  FETCH_REPLIES_COOLDOWN_MINUTES: refused(ALWAYS, whole(0, 10_000, 'minutes'), 'How long replies are not fetched again.', { until: '4.4' }),
  FETCH_REPLIES_INITIAL_WAIT_MINUTES: refused(ALWAYS, whole(0, 10_000, 'minutes'), "How old a post must be.", { until: '4.4' }),
  FETCH_REPLIES_MAX_GLOBAL: refused(ALWAYS, whole(0, 1_000_000), 'Most replies of a thread.', { until: '4.4' }),
  FETCH_REPLIES_MAX_SINGLE: refused(ALWAYS, whole(0, 1_000_000), 'Most replies of a post.', { until: '4.4' }),
  FETCH_REPLIES_MAX_PAGES: refused(ALWAYS, whole(0, 1_000_000), 'Most pages of replies.', { until: '4.4' }),
}); // prettier-ignore

export const CONTAINERS = group('Containers', {
  SSL_CERT_FILE: owned(FOR_THE_CONTAINERS, PATH, 'Authorities that Ruby trusts.', { unlisted: true }),
  NODE_EXTRA_CA_CERTS: owned(FOR_THE_CONTAINERS, PATH, 'Authorities that Node.js trusts.', { unlisted: true, readBy: 'all' }),
  BOOTSNAP_READONLY: owned(FOR_THE_CONTAINERS, YES_NO, "Whether the image's cache of code is only read.", { unlisted: true }),
  TMPDIR: owned(FOR_THE_CONTAINERS, PATH, 'Folder of uploads in progress.', { unlisted: true }),
  HOME: owned(FOR_THE_CONTAINERS, PATH, 'Home of the user.', { unlisted: true, readBy: 'all' }),
  MASTODON_SIDEKIQ_READY_FILENAME: owned(FOR_THE_CONTAINERS, TEXT, 'File that says that Sidekiq is ready.', { unlisted: true }),
  LD_PRELOAD: refused('the image chooses its memory allocator', TEXT, 'Libraries that are loaded first.', { unlisted: true, readBy: 'all' }),
  OTEL_SERVICE_NAME: refused('each process has its own: use OTEL_SERVICE_NAME_PREFIX', TEXT, 'Name of the process in traces.', { unlisted: true }),
  TZ: refused('all of the machine is in UTC', choice('Etc/UTC'), 'Time zone of logs.', { default: 'Etc/UTC', unlisted: true, readBy: 'all' }),
}); // prettier-ignore
