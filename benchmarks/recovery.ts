/**
 * Backup and recovery of a server with a large database: ours beside `pg_dump` and `pg_restore`, as the documentation of
 * other servers advises, on one machine and into the same bucket; then the machine is destroyed while people write.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from '../__tests__/support/eventually';
import { DOMAIN, LocalServer } from '../__tests__/support/machine/local-server';
import type { Outputs } from '../__tests__/support/machine/outputs';
import { Writer } from '../__tests__/support/machine/writer';
import { Visitor } from '../__tests__/support/visitor';
import { type Figure, seconds, type Section } from './figures';

/** Beside whatever `make local` made. */
const SLOT = 8;

/** Database sizes in GB: `SIZES=0.5,1,2,4 make bench ONLY=recovery`. */
const SIZES = (process.env.SIZES ?? '2').split(',').map(Number);

/** What one status takes in the database, with all that belongs to it. */
const BYTES_PER_STATUS = 1_900;

const GENERATOR = readFileSync(join(__dirname, 'mastodon-like.sql'), 'utf8');

export const recovery: Section = {
  title: 'Backup and recovery',
  ratios: SIZES.flatMap((size) => [
    {
      name: `restore at ${label(size)}, pg_restore against ours`,
      of: name('restore, pg_restore', size),
      to: name('restore, ours', size),
    },
    {
      name: `backup at ${label(size)}, pg_dump against ours`,
      of: name('backup, pg_dump', size),
      to: name('backup, ours', size),
    },
  ]),
  run: async (runs) => {
    const server = await LocalServer.prepare(SLOT);
    try {
      await server.stack.up();
      const figures: Figure[] = [];
      for (const [index, size] of SIZES.entries()) {
        figures.push(
          ...(await sideBySide(server, size, runs)),
          ...(await destruction(server, size, index + 2)),
        );
      }
      return figures;
    } finally {
      await server.stack.destroy().catch(() => undefined);
      await server.remove();
    }
  },
};

const AS_POSTGRES = 'as_postgres() { (cd / && runuser --user postgres -- "$@"); }';

/** Both ways of backup and restore, in turns, so that both have the same machine. */
async function sideBySide(server: LocalServer, size: number, runs: number): Promise<Figure[]> {
  const root = (command: string) =>
    server.ssh('alice', `sudo bash -euo pipefail <<'COMMAND'\n${AS_POSTGRES}\n${command}\nCOMMAND`, {
      limitSeconds: 3_600,
    });
  const statuses = Math.round((size * 1e9) / BYTES_PER_STATUS);
  await root(`as_postgres dropdb --if-exists large && as_postgres createdb large
as_postgres psql --quiet --set ON_ERROR_STOP=1 --set statuses=${String(statuses)} large <<'SQL'
${GENERATOR}
SQL`);
  const bytes = Number(
    await root(`as_postgres psql -tAc "SELECT sum(pg_database_size(oid)) FROM pg_database"`),
  );
  const inBucket = async (folder: string) =>
    (
      JSON.parse(await root(`rclone --config /etc/mastodon/rclone.conf size --json backups:${folder}`)) as {
        bytes: number;
      }
    ).bytes;

  const ours = { backup: [] as number[], restore: [] as number[] };
  const plain = { backup: [] as number[], restore: [] as number[] };
  for (let run = 0; run < runs; run += 1) {
    ours.backup.push(
      await seconds(() =>
        root(`as_postgres pgbackrest --stanza=mastodon --type=full --log-level-console=error backup`),
      ),
    );
    plain.backup.push(
      await seconds(() =>
        root(
          `as_postgres pg_dump --format=custom large | rclone --config /etc/mastodon/rclone.conf rcat backups:benchmark/large.dump`,
        ),
      ),
    );
    ours.restore.push(await seconds(() => root(RESTORE_BESIDE)));
    await root(FORGET_BESIDE);
    plain.restore.push(
      await seconds(() =>
        root(`as_postgres createdb restored
rclone --config /etc/mastodon/rclone.conf cat backups:benchmark/large.dump | as_postgres pg_restore --dbname restored`),
      ),
    );
    await root(`as_postgres dropdb restored`);
  }
  const newest = await root(
    `as_postgres pgbackrest --stanza=mastodon --output=json info | jq --raw-output '.[0].backup[-1].label'`,
  );
  const sizes = {
    ours: await inBucket(`postgresql/backup/mastodon/${newest.trim()}`),
    plain: await inBucket('benchmark'),
  };
  await root('rclone --config /etc/mastodon/rclone.conf purge backups:benchmark');
  return [
    { name: name('database', size), unit: 'bytes', values: [bytes] },
    { name: name('backup, ours', size), unit: 's', values: ours.backup },
    { name: name('backup, pg_dump', size), unit: 's', values: plain.backup },
    { name: name('backup in the bucket, ours', size), unit: 'bytes', values: [sizes.ours] },
    { name: name('backup in the bucket, pg_dump', size), unit: 'bytes', values: [sizes.plain] },
    { name: name('restore, ours', size), unit: 's', values: ours.restore },
    { name: name('restore, pg_restore', size), unit: 's', values: plain.restore },
  ];
}

/** Restores into a second cluster beside the live one, until it takes connections for writing. */
const RESTORE_BESIDE = `
version=$(ls /etc/postgresql) folder=/var/lib/postgresql/beside
install -d -o postgres -g postgres -m 700 "$folder"
as_postgres pgbackrest --stanza=mastodon --pg1-path="$folder" --archive-mode=off --log-level-console=error restore
as_postgres "/usr/lib/postgresql/$version/bin/pg_ctl" --silent --pgdata="$folder" --log=/dev/null --timeout=600 start \\
  --options="-p 5444 -c config_file=/etc/postgresql/$version/main/postgresql.conf -c data_directory=$folder -c external_pid_file= -c listen_addresses= -c shared_buffers=128MB"
until [[ $(as_postgres psql -p 5444 -tAc 'SELECT pg_is_in_recovery()') == f ]]; do sleep 0.2; done`;

const FORGET_BESIDE = `
version=$(ls /etc/postgresql) folder=/var/lib/postgresql/beside
as_postgres "/usr/lib/postgresql/$version/bin/pg_ctl" --silent --pgdata="$folder" --mode=immediate stop
rm -rf "$folder"`;

/** The machine loses its power while a person posts; a new one takes over. */
async function destruction(server: LocalServer, size: number, generation: number): Promise<Figure[]> {
  const { publicAddress, owner, instanceId } = await server.stack.outputs<Outputs>({ showSecrets: true });
  const visitor = new Visitor(DOMAIN, { host: publicAddress, port: 443, ca: server.ca });
  await visitor.signIn(owner.email, owner.password);
  await visitor.authorize('read write');
  // What was done before to measure is not to be restored with the rest.
  await server.ssh('alice', 'sudo systemctl start mastodon-backup.service');

  const writer = new Writer(visitor, `At ${label(size)}`);
  await sleep(90_000);
  const destroyed = performance.now();
  await server.machines.cutPower(instanceId);
  await writer.end();

  await server.stack.setConfig({ generation });
  const up = server.stack.up();
  const back = await seconds(() =>
    eventually('HTTPS answers again', async () => (await visitor.get('/health')).status === 200, 1_800),
  );
  // It ends without deleting the machine that gave no sign.
  const stdout = await up.then(
    (done) => done.stdout,
    (failure: unknown) => String(failure),
  );
  await server.ssh(
    'alice',
    'sudo mastodonctl lease left | xargs --no-run-if-empty --max-args=1 sudo mastodonctl lease abandon',
  );

  const there = await server.ssh(
    'alice',
    `sudo /usr/local/lib/mastodon/in-database psql -tAc 'SELECT text FROM public.statuses'`,
  );
  const restored = new Set(there.split('\n'));
  const lost = writer.acknowledged.filter((status) => !restored.has(status));
  const steps = [...stdout.matchAll(/([\d.]+) s {2}(\d\d-[\w-]+)/g)]
    .filter(([, time]) => Number(time) >= 1)
    .map(([, time, step]) => `${String(step)} ${String(time)} s`);
  return [
    {
      name: name('destroyed, until HTTPS answers again', size),
      unit: 's',
      values: [back],
      aim: 300,
      note: `steps of converge that took a second or more: ${steps.join(', ')}; the rest is the boot and Pulumi`,
    },
    { name: name('posts acknowledged before', size), unit: 'rows', values: [writer.acknowledged.length] },
    { name: name('posts lost', size), unit: 'rows', values: [lost.length] },
    {
      name: name('time whose posts were lost', size),
      unit: 's',
      values: [lost[0] === undefined ? 0 : (destroyed - writer.timeOf(lost[0])) / 1_000],
      aim: 60,
    },
  ];
}

function label(size: number): string {
  return `${String(size)} GB`;
}

function name(what: string, size: number): string {
  return `${what} (${label(size)})`;
}
