/** Variables of the database, of Redis and of the search. */
import { choice, HOST, HOST_OR_URL, PATH, PORT, TEXT, URL_KIND, whole, YES_NO } from './kinds';
import { group, open, owned, refused } from './variable';

const OWN_DATABASE = "PostgreSQL runs on the machine, with a role and a backup of the program's";
const NO_REPLICA = 'the machine has one database and no replica of it';
const OWN_REDIS = 'Redis runs on the machine, and only there';
const REMOVED = 'Mastodon 4.4 removed it, and does not start with it';

export const DATABASE = group('PostgreSQL', {
  DB_HOST: owned(OWN_DATABASE, TEXT, 'Host of the database.', { default: 'localhost', readBy: 'all' }),
  DB_USER: owned(OWN_DATABASE, TEXT, 'Role in the database.', { default: 'mastodon', readBy: 'all' }),
  DB_NAME: owned(OWN_DATABASE, TEXT, 'Name of the database.', { default: 'mastodon_production', readBy: 'all' }),
  DB_PASS: owned(OWN_DATABASE, TEXT, 'Password of the role.', { secret: true, readBy: 'all' }),
  DB_PORT: owned(OWN_DATABASE, PORT, 'Port of the database.', { default: '5432', readBy: 'all' }),
  DB_POOL: owned('each process has as many connections as threads', whole(1, 1000), 'Connections to the database of each process.', { default: 'MAX_THREADS', readBy: 'all' }),
  DB_SSLMODE: owned('the connection does not leave the machine', choice('disable', 'allow', 'prefer', 'require'), 'Whether the connection is encrypted.', { default: 'prefer', readBy: 'all' }),
  DATABASE_URL: owned(OWN_DATABASE, TEXT, 'All of the above in one address.', { secret: true, readBy: 'all' }),
  PREPARED_STATEMENTS: owned('no pooler stands before the database that could not take them', YES_NO, 'Whether statements are prepared.', { default: 'true' }),
  QUERY_LOG_TAGS_ENABLED: open(YES_NO, 'Whether each query says which part of Mastodon asks; it turns prepared statements off.', { default: 'false' }),
}); // prettier-ignore

export const REPLICA = group('PostgreSQL, replica', {
  REPLICA_DB_HOST: refused(NO_REPLICA, HOST, 'Host of a replica.'),
  REPLICA_DB_PORT: refused(NO_REPLICA, PORT, 'Port of a replica.'),
  REPLICA_DB_NAME: refused(NO_REPLICA, TEXT, 'Name of the database in a replica.'),
  REPLICA_DB_USER: refused(NO_REPLICA, TEXT, 'Role in a replica.'),
  REPLICA_DB_PASS: refused(NO_REPLICA, TEXT, 'Password of that role.', { secret: true }),
  REPLICA_DATABASE_URL: refused(NO_REPLICA, TEXT, 'All of the above in one address.', { secret: true }),
  REPLICA_DB_TASKS: refused(NO_REPLICA, YES_NO, 'Whether migrations look at a replica.', { default: 'true', unlisted: true }),
  REPLICA_PREPARED_STATEMENTS: refused(NO_REPLICA, YES_NO, 'Whether statements are prepared in a replica.', { default: 'true', unlisted: true }),
}); // prettier-ignore

/** Mastodon knows up to three Redis servers, whose variables differ in the prefix. */
const redis = (prefix: '' | 'CACHE_' | 'SIDEKIQ_', whose: string) => {
  const readBy = prefix === '' ? 'all' : 'rails';
  return {
    [`${prefix}REDIS_HOST`]: owned(OWN_REDIS, HOST, `Host of ${whose}.`, { readBy }),
    [`${prefix}REDIS_PORT`]: owned(OWN_REDIS, PORT, `Port of ${whose}.`, { readBy }),
    [`${prefix}REDIS_USER`]: owned(OWN_REDIS, TEXT, `User at ${whose}.`, { readBy }),
    [`${prefix}REDIS_PASSWORD`]: owned(OWN_REDIS, TEXT, `Password at ${whose}.`, { secret: true, readBy }),
    [`${prefix}REDIS_URL`]: owned(OWN_REDIS, TEXT, `Address of ${whose}.`, { secret: true, readBy }),
    [`${prefix}REDIS_NAMESPACE`]: refused(REMOVED, TEXT, `Prefix of the keys in ${whose}.`, { until: '4.3' }),
    [`${prefix}REDIS_SENTINELS`]: owned(OWN_REDIS, TEXT, `Sentinels of ${whose}.`, { readBy }),
    [`${prefix}REDIS_SENTINEL_MASTER`]: owned(OWN_REDIS, TEXT, `Name of ${whose} at the sentinels.`, { readBy }),
    [`${prefix}REDIS_SENTINEL_PORT`]: owned(OWN_REDIS, PORT, `Port of the sentinels of ${whose}.`, { default: '26379', readBy }),
    [`${prefix}REDIS_SENTINEL_USERNAME`]: owned(OWN_REDIS, TEXT, `User at the sentinels of ${whose}.`, { readBy }),
    [`${prefix}REDIS_SENTINEL_PASSWORD`]: owned(OWN_REDIS, TEXT, `Password at the sentinels of ${whose}.`, { secret: true, readBy }),
  };
}; // prettier-ignore

export const REDIS = group('Redis', {
  ...redis('', 'Redis'),
  REDIS_DB: owned(OWN_REDIS, whole(0, 1000), 'Number of the database in Redis.', { default: '0', readBy: 'all', unlisted: true }),
  REDIS_DRIVER: owned('the connection does not leave the machine, so it needs no TLS', choice('hiredis', 'ruby'), 'Library that speaks with Redis.', { default: 'hiredis' }),
  ...redis('CACHE_', 'the Redis of the cache'),
  ...redis('SIDEKIQ_', 'the Redis of the queues'),
}); // prettier-ignore

export const SEARCH = group('Search', {
  ES_ENABLED: open(YES_NO, 'Whether Elasticsearch or OpenSearch searches posts, people and hashtags.', { default: 'false' }),
  ES_PRESET: open(choice('single_node_cluster', 'small_cluster', 'large_cluster'), 'Shards and replicas of the indices.', { default: 'single_node_cluster' }),
  ES_HOST: open(HOST_OR_URL, 'Host of the search, with https:// where it speaks TLS.', { default: 'localhost' }),
  ES_PORT: open(PORT, 'Port of the search.', { default: '9200' }),
  ES_USER: open(TEXT, 'User at the search.'),
  ES_PASS: open(TEXT, 'Password at the search.', { secret: true }),
  ES_PREFIX: open(TEXT, 'What the names of the indices begin with, where several servers share a search.'),
  ES_CA_FILE: open(PATH, 'Certificates that vouch for the search; a file of the image.'),
}); // prettier-ignore

export const TRANSLATION = group('Translation', {
  DEEPL_API_KEY: open(TEXT, 'Key at DeepL, which then translates posts.', { secret: true }),
  DEEPL_PLAN: open(choice('free', 'pro'), 'Plan at DeepL: each has an address of its own.', { default: 'free' }),
  LIBRE_TRANSLATE_ENDPOINT: open(URL_KIND, 'Address of a LibreTranslate, which then translates posts.'),
  LIBRE_TRANSLATE_API_KEY: open(TEXT, 'Key at LibreTranslate, where it wants one.', { secret: true }),
}); // prettier-ignore
