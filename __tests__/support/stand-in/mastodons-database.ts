/** A PostgreSQL of a test's own as a machine has it: postgres by its socket, Mastodon's login by TCP and password. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { ensureHostPackages } from '../../../local/host-packages';
import { freePort } from '../free-endpoint';
import { eventually, stop } from './databases';

const BUNDLE = join(__dirname, '..', '..', '..', 'cloud-init', 'handover', 'usr', 'local');
const FILES = join(
  __dirname,
  '..',
  '..',
  '..',
  'cloud-init',
  'root',
  'usr',
  'local',
  'lib',
  'mastodon',
  'files.sh',
);
const SCRIPTS = ['database.sh', 'database-login', 'in-database'].map((name) =>
  join(BUNDLE, 'lib/mastodon', name),
);

export class MastodonsDatabase {
  private server?: ChildProcess;

  private constructor(
    readonly folder: string,
    readonly version: string,
    readonly port: number,
  ) {}

  static async start(): Promise<MastodonsDatabase> {
    await ensureHostPackages(['postgresql']);
    const version = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a))[0] ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'rights-'));
    chmodSync(folder, 0o711);
    const it = new MastodonsDatabase(folder, version, await freePort());
    await it.boot();
    return it;
  }

  private async boot(): Promise<void> {
    for (const name of ['data', 'postgres']) {
      mkdirSync(this.in(name), { mode: 0o700 });
      execFileSync('chown', ['postgres:', this.in(name)]);
    }
    this.asPostgres(this.binary('initdb'), '-D', this.in('data'), '-E', 'UTF8', '--locale=C.UTF-8', '-N');
    writeFileSync(
      this.in('pg_hba.conf'),
      'local all all peer\nlocal replication all peer\nhost all all 127.0.0.1/32 scram-sha-256\n',
    );
    const settings = { listen_addresses: '127.0.0.1', port: this.port, fsync: 'off', hba_file: this.in('pg_hba.conf'), unix_socket_directories: this.in('postgres') }; // prettier-ignore
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`]);
    const command = [...AS_POSTGRES, this.binary('postgres'), '-D', this.in('data'), ...options];
    this.server = spawn('setpriv', command, { cwd: '/', stdio: 'ignore' });
    await eventually(() => this.superuser('SELECT 1', 'postgres'));
    this.installScripts();
    this.root('database-login');
    this.superuser('CREATE DATABASE mastodon_production OWNER mastodon TEMPLATE template0', 'postgres');
  }

  /** The machine's own scripts, with the paths of this folder. */
  private installScripts(): void {
    writeFileSync(this.in('secrets.env'), `DB_USER=mastodon_1\nDB_PASS=it's "secret"\n`, { mode: 0o600 });
    writeFileSync(this.in('mastodon.env'), 'WEB_DOMAIN=mastodon.test\n');
    for (const path of [...SCRIPTS, FILES]) {
      const text = readFileSync(path, 'utf8')
        .replace(/\/usr\/local\/lib\/mastodon|\/etc\/mastodon/g, this.folder)
        .replace('port=5432', `port=${String(this.port)}`);
      writeFileSync(this.in(basename(path)), text, { mode: 0o755 });
    }
    const listed = `echo '${this.version} main 5432 online postgres /data /log'`;
    writeFileSync(this.in('pg_lsclusters'), `#!/bin/bash\n${listed}\n`, { mode: 0o755 });
  }

  readonly in = (...names: string[]) => join(this.folder, ...names);

  private readonly binary = (name: string) => join('/usr/lib/postgresql', this.version, 'bin', name);

  private get env(): NodeJS.ProcessEnv {
    const path = [this.folder, process.env.PATH].join(delimiter);
    return { ...process.env, PATH: path, PGHOST: this.in('postgres'), PGPORT: String(this.port) };
  }

  asPostgres(...command: string[]): Buffer {
    const options = { cwd: '/', env: this.env, stdio: 'pipe' } as const;
    return execFileSync('setpriv', [...AS_POSTGRES, ...command], options);
  }

  /** As no script may: as the superuser, in any database. */
  superuser(sql: string, database = 'mastodon_production'): string {
    return this.asPostgres(this.binary('psql'), '-qtAX', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', sql)
      .toString()
      .trim();
  }

  /** As an intruder in Mastodon does. */
  attacker(sql: string, database = 'mastodon_production'): string {
    const env = {
      PGHOST: '127.0.0.1',
      PGUSER: 'mastodon_1',
      PGPASSWORD: `it's "secret"`,
      PGDATABASE: database,
    };
    const options = { env: { ...this.env, ...env }, input: sql, encoding: 'utf8' } as const;
    const done = spawnSync(this.binary('psql'), ['-qtAX', '-v', 'ON_ERROR_STOP=1'], options);
    if (done.status !== 0) throw new Error(done.stderr);
    return done.stdout.trim();
  }

  /** One of the machine's scripts, or lines of bash behind database.sh. */
  root(script: string): { status: number | null; said: string } {
    const whole = script.includes(' ')
      ? `set -euo pipefail; source ${this.in('database.sh')}; ${script}`
      : this.in(script);
    const { status, stdout, stderr } = spawnSync('bash', ['-c', whole], { env: this.env, encoding: 'utf8' });
    return { status, said: (stdout + stderr).trim() };
  }

  /** The machine's own Python, as root. `cluster` and `service_file` are of this database. */
  python(code: string): string {
    const prelude = `
import sys
from pathlib import Path
sys.dont_write_bytecode = True
sys.path.insert(0, ${JSON.stringify(join(BUNDLE, 'lib/mastodon'))})
from mastodonctl import postgres
cluster = postgres.Cluster(${JSON.stringify(this.version)}, Path(${JSON.stringify(this.in('postgres'))}), ${String(this.port)})
service_file = Path(${JSON.stringify(this.in('pg_service.conf'))})
folder = Path(${JSON.stringify(this.folder)})
`;
    const options = { input: prelude + code, encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync('python3', ['-I', '-'], options);
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /** The files of the cluster as a backup has them. */
  copyTo(folder: string): void {
    this.asPostgres(this.binary('pg_basebackup'), '--pgdata', folder, '--checkpoint', 'fast');
  }

  dump(database: string, file: string): void {
    writeFileSync(file, this.asPostgres(this.binary('pg_dump'), '--format=custom', database));
  }

  async remove(): Promise<void> {
    if (this.server) await stop(this.server, 'SIGINT');
    rmSync(this.folder, { recursive: true });
  }
}

const AS_POSTGRES = ['--reuid', 'postgres', '--regid', 'postgres', '--init-groups', '--'];
