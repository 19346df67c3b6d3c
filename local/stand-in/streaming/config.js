'use strict';

/** A whole number from the environment, or the default; anything else is refused by the variable's name. */
function integer(env, name, fallback) {
  const value = env[name];
  if (value === undefined || value === '') return fallback;
  if (!/^\d+$/.test(value)) throw new Error(`${name} is ${JSON.stringify(value)}, expected a whole number`);
  return Number(value);
}

exports.refuseUnsupported = (env) => {
  if (env.REDIS_NAMESPACE) throw new Error('REDIS_NAMESPACE is no longer supported');
};

exports.listenOptions = (env) =>
  env.SOCKET ? { path: env.SOCKET } : { host: env.BIND || '127.0.0.1', port: integer(env, 'PORT', 4000) };

exports.postgresOptions = (env) => {
  const ssl = {
    undefined: false,
    '': false,
    disable: false,
    // libpq's default asks for TLS and does without; node-postgres can't, so it does without.
    prefer: false,
    'no-verify': { rejectUnauthorized: false },
  };
  return {
    host: env.DB_HOST || 'localhost',
    port: integer(env, 'DB_PORT', 5432),
    database: env.DB_NAME || 'mastodon_production',
    user: env.DB_USER || 'mastodon',
    password: env.DB_PASS || '',
    ssl: env.DB_SSLMODE in ssl ? ssl[env.DB_SSLMODE] : {},
    max: integer(env, 'DB_POOL', 10),
    connectionTimeoutMillis: 15_000,
  };
};

exports.redisOptions = (env) => {
  if (env.REDIS_URL) return { url: env.REDIS_URL };
  return {
    socket: { host: env.REDIS_HOST || '127.0.0.1', port: integer(env, 'REDIS_PORT', 6379) },
    password: env.REDIS_PASSWORD || undefined,
    database: integer(env, 'REDIS_DB', 0),
  };
};
