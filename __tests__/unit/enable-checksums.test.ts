/** Data checksums are enabled where they are off, on a PostgreSQL that is stopped and that nothing else may start. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const cloudInit = join(__dirname, '../../cloud-init');
const lib = join(cloudInit, 'handover/usr/local/lib/mastodon');
const read = (path: string) => readFileSync(join(cloudInit, path), 'utf8');

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'enable-checksums-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The machine's own script, with what pg_controldata prints and what pg_checksums does. */
function enable(controlData: string, pgChecksums = 'true') {
  const program = (name: string, body: string) => {
    writeFileSync(join(folder, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  };
  mkdirSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, 'asked'), '');
  program('pg_lsclusters', `echo '16 main 5432 online postgres /data /log'`);
  program('setpriv', 'while [[ $1 != -- ]]; do shift; done; shift; exec "$@"');
  program('systemctl', `echo "systemctl $*" >>${folder}/asked`);
  program('pg_controldata', `echo '${controlData}'`);
  program('pg_checksums', `echo "pg_checksums $*" >>${folder}/asked; ${pgChecksums}`);
  const script = readFileSync(join(lib, 'enable-checksums'), 'utf8').replace(
    'source /usr/local/lib/mastodon/database.sh',
    `source ${lib}/database.sh; binaries=${folder} data=${folder}/data`,
  );
  const { status, stdout, stderr } = spawnSync('bash', {
    input: script,
    encoding: 'utf8',
    env: { ...process.env, PATH: [folder, process.env.PATH].join(delimiter) },
  });
  const asked = readFileSync(join(folder, 'asked'), 'utf8').split('\n').filter(Boolean);
  return { status, said: stdout + stderr, asked };
}

const controlData = (version: number) => `Data page checksum version:           ${String(version)}`;

test('a cluster without data checksums is stopped, and gets them', () => {
  const { status, asked } = enable(controlData(0));
  expect(status).toBe(0);
  expect(asked).toEqual([
    'systemctl stop postgresql@16-main.service',
    `pg_checksums --enable --pgdata ${folder}/data`,
  ]);
});

test('a cluster that has them is left alone', () => {
  expect(enable(controlData(1))).toEqual({ status: 0, said: '', asked: [] });
});

test('a failure has what pg_checksums said', () => {
  const { status, said } = enable(controlData(0), `echo 'error: cluster must be shut down' >&2; exit 1`);
  expect(status).toBe(1);
  expect(said).toContain('could not be enabled: error: cluster must be shut down');
});

test('a state that can’t be read is no reason to stop PostgreSQL', () => {
  const { status, said, asked } = enable('nothing of the kind');
  expect([status, asked]).toEqual([1, []]);
  expect(said).toContain('the state of the data checksums');
});

test('a new machine enables them before the first start, and a machine with a database is not stopped for it', () => {
  const step = read('steps/2-handover/55-restore.sh');
  expect(step).toMatch(
    /^if \[\[ ! -e \$state\/done\/database-origin && ! -e \$state\/restore-pending \]\] && checksums_off; then\n\tchange .* \/usr\/local\/lib\/mastodon\/enable-checksums$/m,
  );
  expect(step.indexOf('/enable-checksums')).toBeLessThan(step.indexOf('\n\tapply "postgresql@'));
});
