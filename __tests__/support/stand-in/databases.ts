/** PostgreSQL and Redis of a test's own, on loopback, in a folder that the test removes. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureHostPackages } from '../../../local/host-packages';
import { sleep } from '../timing';
import { freePort } from '../free-endpoint';

const run = promisify(execFile);

export interface Databases {
  postgresPort: number;
  redisPort: number;
  /** Mastodon's variables for them, and what else it needs to start. */
  environment: Record<string, string>;
  /** The number that an SQL query gives, as PostgreSQL's superuser. */
  query(sql: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startDatabases(folder: string): Promise<Databases> {
  await ensureHostPackages(['postgresql', 'redis-server']);
  const [postgresPort, redisPort] = [await freePort(), await freePort()];
  const redis = spawn(
    'redis-server',
    ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    { stdio: 'ignore' },
  );
  const postgres = await startPostgres(join(folder, 'postgres'), postgresPort).catch(
    async (error: unknown) => {
      await stop(redis);
      throw error;
    },
  );
  return {
    postgresPort,
    redisPort,
    environment: {
      SECRET_KEY_BASE: '0a'.repeat(64),
      ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY: 'a'.repeat(32),
      ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY: 'b'.repeat(32),
      ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT: 'c'.repeat(32),
      LOCAL_DOMAIN: 'mastodon.test',
      BIND: '127.0.0.1',
      DB_HOST: '127.0.0.1',
      DB_PORT: String(postgresPort),
      DB_PASS: 'secret',
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(redisPort),
      WEB_CONCURRENCY: '1',
      HOME: '/tmp',
      // A chroot knows no name server.
      EMAIL_DOMAIN_ALLOWLIST: 'mastodon.test|example.net',
    },
    query: async (sql) => {
      const connection = ['-h', join(folder, 'postgres'), '-p', String(postgresPort), '-U', 'postgres'];
      return Number((await run('psql', [...connection, '-tAc', sql, 'mastodon_production'])).stdout);
    },
    stop: async () => {
      await Promise.all([stop(redis, 'SIGTERM'), stop(postgres, 'SIGINT')]);
    },
  };
}

async function startPostgres(folder: string, port: number): Promise<ChildProcess> {
  mkdirSync(folder);
  const releases = '/usr/lib/postgresql';
  const newest = readdirSync(releases).sort((a, b) => Number(b) - Number(a))[0] ?? '';
  const bin = join(releases, newest, 'bin');
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
  );
  await run('chown', ['postgres', folder]);
  const data = join(folder, 'data');
  await run(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'], {
    uid,
    gid,
  });
  const options = [
    '-D',
    data,
    '-p',
    String(port),
    '-k',
    folder,
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'fsync=off',
  ];
  const server = spawn(join(bin, 'postgres'), options, { uid, gid, stdio: 'ignore' });
  // As converge does it: a role without rights beyond its own database.
  const statements = [
    "CREATE ROLE mastodon LOGIN PASSWORD 'secret'",
    "CREATE DATABASE mastodon_production OWNER mastodon ENCODING 'UTF8' TEMPLATE template0",
  ];
  const connection = ['-h', folder, '-p', String(port), '-U', 'postgres', '-d', 'postgres'];
  await eventually(() => run(join(bin, 'psql'), [...connection, '-c', 'SELECT 1']));
  for (const statement of statements) await run(join(bin, 'psql'), [...connection, '-c', statement]);
  return server;
}

/** Repeats until it doesn't throw, and returns what it then returns. */
export async function eventually<T>(attempt: () => T | Promise<T>, timeoutMs = 20_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(50);
    }
  }
}

/** Ends a process and waits for its end; returns the exit code. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill(signal);
  return ended;
}
