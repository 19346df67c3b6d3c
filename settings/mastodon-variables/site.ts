/** Variables of the site: its names, who sees it, its languages, its secrets, and how its processes run. */
import { choice, DOMAINS, LOCALE, RANGES, TEXT, URL_KIND, whole, YES_NO } from './kinds';
import { group, open, owned, refused, setting } from './variable';

const GENERATED = 'it is generated once; bin/mastodon import takes over the one of an older server';
const FITTED = 'the machine fits it to its memory and processors';
const SUPERVISED = 'nginx and the units know where each process listens';
const IN_THE_IMAGE = 'the image sets it';

export const SITE = group('Federation and display', {
  LOCAL_DOMAIN: setting('domain', TEXT, "Domain of the accounts' names."),
  WEB_DOMAIN: setting('webDomain', TEXT, 'Domain of the web site, where it is another one.'),
  ALTERNATE_DOMAINS: open(DOMAINS, 'Further domains that lead here and that Mastodon takes for its own. The machine has neither records nor a certificate for them: what serves them has to pass requests on.'),
  ALLOWED_PRIVATE_ADDRESSES: open(RANGES, 'Private addresses that Mastodon may connect to, though private ones are barred.'),
  AUTHORIZED_FETCH: open(YES_NO, 'Whether posts and profiles are given only to servers that sign their requests, so that blocked ones get none.', { default: 'false', readBy: 'all' }),
  LIMITED_FEDERATION_MODE: setting('mastodon.federation', YES_NO, 'Whether the server speaks with allowed servers alone, and shows visitors nothing.', { default: 'false', readBy: 'all' }),
  WHITELIST_MODE: refused('it is the old name of LIMITED_FEDERATION_MODE: use mastodon.federation', YES_NO, 'Old name of the limited federation mode.', { unlisted: true }),
  DISALLOW_UNAUTHENTICATED_API_ACCESS: open(YES_NO, 'Whether only people who are logged in may read through the API; links to posts then fail for all others.', { default: 'false' }),
  SINGLE_USER_MODE: open(YES_NO, 'Whether the front page is the first profile, and sign-up is closed.', { default: 'false' }),
  DISABLE_AUTOMATIC_SWITCHING_TO_APPROVED_REGISTRATIONS: open(YES_NO, 'Whether open registrations stay open where no moderator was seen for a week.', { default: 'false' }),
  DISABLE_EMAIL_SUBSCRIPTIONS: open(YES_NO, 'Whether the offer of posts by e-mail to people without an account is off.', { default: 'false', unlisted: true }),
  DEFAULT_LOCALE: open(LOCALE, "Language for visitors whose browser's is not known.", { default: 'en' }),
  FORCE_DEFAULT_LOCALE: open(YES_NO, "Whether the browser's language is ignored.", { default: 'false' }),
}); // prettier-ignore

export const SECRETS = group('Secrets', {
  SECRET_KEY_BASE: owned(GENERATED, TEXT, 'Key of sessions and cookies.', { secret: true }),
  OTP_SECRET: owned('only an imported server has one; bin/mastodon import takes it over', TEXT, "Key of second factors from before Mastodon 4.4's migration.", { secret: true }),
  VAPID_PRIVATE_KEY: owned(GENERATED, TEXT, 'Private key of push notifications.', { secret: true }),
  VAPID_PUBLIC_KEY: owned(GENERATED, TEXT, 'Public key of push notifications.'),
  ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY: owned(GENERATED, TEXT, 'Key of encrypted columns.', { secret: true, unlisted: true }),
  ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY: owned(GENERATED, TEXT, 'Key of encrypted columns that are searched.', { secret: true, unlisted: true }),
  ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT: owned(GENERATED, TEXT, 'Salt of the keys of encrypted columns.', { secret: true, unlisted: true }),
}); // prettier-ignore

export const DEPLOYMENT = group('Deployment', {
  RAILS_ENV: owned(IN_THE_IMAGE, TEXT, 'Environment of web and Sidekiq.', { default: 'development' }),
  NODE_ENV: owned(IN_THE_IMAGE, TEXT, 'Environment of streaming.', { default: 'development', readBy: 'streaming' }),
  RAILS_SERVE_STATIC_FILES: owned(IN_THE_IMAGE, YES_NO, 'Whether the web processes serve static files.', { default: 'false' }),
  RAILS_LOG_LEVEL: open(choice('debug', 'info', 'warn', 'error', 'fatal', 'unknown'), 'How much web and Sidekiq write to the journal.', { default: 'info' }),
  LOG_LEVEL: open(choice('debug', 'info'), 'How much streaming writes to the journal.', { default: 'info', readBy: 'streaming' }),
  TRUSTED_PROXY_IP: owned('nginx on the machine is the only proxy, so no visitor can pretend to have another address', RANGES, "Proxies whose word on a visitor's address is believed.", { readBy: 'all' }),
  SOCKET: owned(SUPERVISED, TEXT, 'Unix socket in place of an address and port.', { readBy: 'all' }),
  PORT: owned(SUPERVISED, TEXT, 'Port of the process.', { default: '3000, streaming 4000', readBy: 'all' }),
  BIND: owned(SUPERVISED, TEXT, 'Address that the process listens at.', { default: '127.0.0.1', readBy: 'all' }),
  PROXY_PROTO_V1: owned(SUPERVISED, YES_NO, 'Whether the proxy speaks the PROXY protocol.', { default: 'false', unlisted: true }),
  SENDFILE_HEADER: owned('nginx has no access to files of the containers', TEXT, 'Header that lets the proxy send a file.', { unlisted: true }),
  MASTODON_USE_LIBVIPS: owned(IN_THE_IMAGE, YES_NO, 'Whether libvips processes pictures.', { default: 'false' }),
  BUNDLE_GEMFILE: refused('the image brings its gems', TEXT, 'File that lists the gems.'),
  PATH: refused('the image finds its programs by it', TEXT, 'Folders of programs.', { readBy: 'all' }),
  FFMPEG_BINARY: refused('the image has an FFmpeg of its own in its path', TEXT, 'Path of FFmpeg.'),
  LOCAL_HTTPS: refused('in production Mastodon always uses HTTPS', YES_NO, 'Whether HTTPS is used outside of production.'),
  BACKTRACE: open(choice('1'), "Whether errors show the lines of the framework as well."),
  GITHUB_REPOSITORY: open(TEXT, 'Repository of the source code that the site links to, which its licence demands of a changed Mastodon.', { default: 'mastodon/mastodon' }),
  SOURCE_BASE_URL: open(URL_KIND, 'Address of that repository, where it is not on GitHub.', { default: 'https://github.com/ and GITHUB_REPOSITORY' }),
  SOURCE_TAG: open(TEXT, 'Tag or commit of the source code that the site links to.', { unlisted: true }),
  MASTODON_VERSION_METADATA: open(TEXT, 'What a fork writes behind the version and a plus sign.', { unlisted: true }),
  MASTODON_VERSION_PRERELEASE: refused('a release has none, and an upgrade is known by its version', TEXT, 'What stands behind the version of a pre-release.', { unlisted: true }),
  GITHUB_API_TOKEN: refused('only the task that writes the list of authors reads it', TEXT, 'Token for the list of authors.', { secret: true }),
  UPDATE_CHECK_URL: open(TEXT, 'Address that is asked for new releases.', { default: "upstream's", unlisted: true }),
  EXPERIMENTAL_FEATURES: open(TEXT, 'Names of unfinished features to turn on, with commas.', { unlisted: true }),
  SELF_DESTRUCT: refused('it deletes the server for good; tootctl self-destruct leads through that', TEXT, 'Word that makes the server leave the network and delete itself.', { unlisted: true, secret: true }),
  SKIP_POST_DEPLOYMENT_MIGRATIONS: owned('an upgrade decides which migrations run when', YES_NO, 'Whether migrations for after the change of code wait.', { default: 'false' }),
}); // prettier-ignore

export const SCALING = group('Scaling', {
  SIDEKIQ_CONCURRENCY: owned(FITTED, whole(1, 1000), 'Threads of each Sidekiq process.', { default: '5' }),
  WEB_CONCURRENCY: owned(FITTED, whole(0, 1000), 'Processes of Puma.', { default: '2' }),
  MAX_THREADS: owned(FITTED, whole(1, 1000), 'Threads of each Puma process.', { default: '5' }),
  MIN_THREADS: owned(FITTED, whole(1, 1000), 'Threads that a Puma process begins with.', { default: 'MAX_THREADS', unlisted: true }),
  PERSISTENT_TIMEOUT: owned('it has to be longer than nginx keeps connections open', whole(1, 3600, 'seconds'), 'How long Puma keeps an idle connection.', { default: '20' }),
  STREAMING_API_BASE_URL: owned('nginx serves streaming on webDomain', TEXT, 'Where browsers find streaming.', { default: 'wss:// and WEB_DOMAIN' }),
  STREAMING_CLUSTER_NUM: refused('Mastodon 4.2 removed it', whole(1, 1000), 'Processes of streaming.', { until: '4.1', readBy: 'streaming' }),
}); // prettier-ignore
