/** Variables of mail and of what is measured. */
import { choice, EMAIL, HOST, PATH, PORT, RATIO, TEXT, URL_KIND, YES_NO } from './kinds';
import { group, open, owned, refused, setting } from './variable';

const TRUSTED = "the relay's certificate is always verified, with the authorities that the machine trusts";
const PLAIN_SMTP = 'mail leaves through the relay of smtp.host';
const EXPORTER = 'the exporter runs on the machine where metrics is true, and nothing else reads it';

export const MAIL = group('Mail', {
  SMTP_SERVER: setting('smtp.host', HOST, 'Host of the relay.'),
  SMTP_PORT: setting('smtp.port', PORT, 'Port of the relay.', { default: '25' }),
  SMTP_LOGIN: setting('smtp.user', TEXT, 'Login at the relay.'),
  SMTP_PASSWORD: setting('smtp.password', TEXT, 'Password at the relay.', { secret: true }),
  SMTP_FROM_ADDRESS: setting('smtp.from', EMAIL, 'Sender of mail.', { default: 'notifications@localhost' }),
  SMTP_REPLY_TO: open(EMAIL, 'Address that answers go to.', { unlisted: true }),
  SMTP_RETURN_PATH: open(EMAIL, 'Address that undeliverable mail goes to.', { unlisted: true }),
  SMTP_DOMAIN: open(HOST, 'Name that the machine greets the relay with.', { default: 'LOCAL_DOMAIN' }),
  SMTP_DELIVERY_METHOD: owned(PLAIN_SMTP, choice('smtp', 'sendmail'), 'How mail leaves.', { default: 'smtp' }),
  SMTP_AUTH_METHOD: setting('smtp.authentication', choice('plain', 'login', 'cram_md5', 'none'), 'How the login is sent.', { default: 'plain' }),
  SMTP_CA_FILE: owned(TRUSTED, PATH, 'Certificates that vouch for the relay.'),
  SMTP_OPENSSL_VERIFY_MODE: owned(TRUSTED, choice('none', 'peer'), "Whether the relay's certificate is verified.", { default: 'peer' }),
  SMTP_ENABLE_STARTTLS_AUTO: setting('smtp.tls', YES_NO, 'Whether encryption begins where the relay offers it.', { default: 'true' }),
  SMTP_ENABLE_STARTTLS: setting('smtp.tls', choice('auto', 'always', 'never'), 'Whether encryption begins after the greeting.', { default: 'auto' }),
  SMTP_TLS: setting('smtp.tls', YES_NO, 'Whether the connection is encrypted from the first byte.', { default: 'false' }),
  SMTP_SSL: setting('smtp.tls', YES_NO, 'The same as SMTP_TLS.', { default: 'false' }),
}); // prettier-ignore

export const BULK_MAIL = group('Mail to everybody', {
  BULK_SMTP_SERVER: open(HOST, 'Host of another relay, for announcements and new terms alone.', { unlisted: true }),
  BULK_SMTP_PORT: open(PORT, 'Port of that relay. Civo blocks 25, 465 and 587.', { default: '25', unlisted: true }),
  BULK_SMTP_LOGIN: open(TEXT, 'Login at that relay.', { unlisted: true }),
  BULK_SMTP_PASSWORD: open(TEXT, 'Password at that relay.', { secret: true, unlisted: true }),
  BULK_SMTP_DOMAIN: open(HOST, 'Name that the machine greets that relay with.', { default: 'LOCAL_DOMAIN', unlisted: true }),
  BULK_SMTP_AUTH_METHOD: open(choice('plain', 'login', 'cram_md5', 'none'), 'How the login is sent.', { default: 'plain', unlisted: true }),
  BULK_SMTP_CA_FILE: refused(TRUSTED, PATH, 'Certificates that vouch for that relay.', { unlisted: true }),
  BULK_SMTP_OPENSSL_VERIFY_MODE: refused(TRUSTED, choice('none', 'peer'), "Whether that relay's certificate is verified.", { default: 'peer', unlisted: true }),
  BULK_SMTP_ENABLE_STARTTLS_AUTO: open(YES_NO, 'Whether encryption begins where that relay offers it.', { default: 'true', unlisted: true }),
  BULK_SMTP_ENABLE_STARTTLS: open(choice('auto', 'always'), 'Whether encryption begins after the greeting.', { default: 'auto', unlisted: true }),
  BULK_SMTP_TLS: open(YES_NO, 'Whether the connection is encrypted from the first byte.', { default: 'false', unlisted: true }),
  BULK_SMTP_SSL: open(YES_NO, 'The same as BULK_SMTP_TLS.', { default: 'false', unlisted: true }),
}); // prettier-ignore

export const METRICS = group('Metrics and traces', {
  MASTODON_PROMETHEUS_EXPORTER_ENABLED: setting('metrics', YES_NO, 'Whether web and Sidekiq report figures.', { default: 'false' }),
  MASTODON_PROMETHEUS_EXPORTER_WEB_DETAILED_METRICS: setting('metrics', YES_NO, 'Whether web reports figures of each controller.', { default: 'false' }),
  MASTODON_PROMETHEUS_EXPORTER_SIDEKIQ_DETAILED_METRICS: setting('metrics', YES_NO, 'Whether Sidekiq reports figures of each job.', { default: 'false' }),
  MASTODON_PROMETHEUS_EXPORTER_LOCAL: owned(EXPORTER, YES_NO, 'Whether each process serves its own figures.', { default: 'false' }),
  PROMETHEUS_EXPORTER_HOST: owned(EXPORTER, HOST, 'Host of the exporter.', { default: 'localhost' }),
  PROMETHEUS_EXPORTER_PORT: owned(EXPORTER, PORT, 'Port of the exporter.', { default: '9394' }),
  MASTODON_PROMETHEUS_EXPORTER_HOST: owned(EXPORTER, HOST, 'Address that a process serves its own figures at.', { default: 'localhost' }),
  MASTODON_PROMETHEUS_EXPORTER_PORT: owned(EXPORTER, PORT, 'Port that a process serves its own figures at.', { default: '9394' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: open(URL_KIND, 'Address that traces are sent to with OTLP; without it there are none.'),
  OTEL_EXPORTER_OTLP_HEADERS: open(TEXT, 'Headers of each request with traces, as name=value with commas.', { secret: true, unlisted: true }),
  OTEL_TRACES_SAMPLER: open(choice('always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'), 'What is traced.', { default: 'parentbased_always_on', unlisted: true }),
  OTEL_TRACES_SAMPLER_ARG: open(RATIO, 'Share that is traced, with a sampler of a ratio.', { default: '1', unlisted: true }),
  OTEL_SERVICE_NAME_PREFIX: open(TEXT, "What the processes' names in traces begin with.", { default: 'mastodon' }),
  OTEL_SERVICE_NAME_SEPARATOR: open(TEXT, 'What stands behind that.', { default: '/' }),
  STATSD_ADDR: refused('Mastodon 4.3 removed it: see docs/metrics.md', TEXT, 'Address of a StatsD.', { until: '4.2' }),
  STATSD_NAMESPACE: refused('Mastodon 4.3 removed it: see docs/metrics.md', TEXT, "What StatsD's keys begin with.", { until: '4.2' }),
  STATSD_SIDEKIQ: refused('Mastodon 4.3 removed it: see docs/metrics.md', YES_NO, 'Whether StatsD gets figures of Sidekiq.', { until: '4.2' }),
}); // prettier-ignore
