/** A backup of one major version of PostgreSQL is no use to another: what says so before anything is lost. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { imageIn, effectsOf } from '../../cloud-init/effects';
import { imageProblem, postgresqlOf } from '../../components/postgresql';
import { DEBIAN_IMAGE } from '../../local/debian';
import { dumpProblem, rehearsalProblem, rehearsalSettings } from '../../trials/rehearse/production-copy';
import type { RecoveryKit } from '../../cli/recovery-kit/format';
import { IMAGES } from '../../settings/schema';

test('of every image that the settings accept it is known which PostgreSQL it has', () => {
  expect(IMAGES.filter((image) => postgresqlOf(image) === undefined)).toEqual([]);
});

test('an image with another PostgreSQL is refused, both ways, with both remedies', () => {
  const problem = imageProblem('ubuntu-noble', 'debian-13');
  expect(problem).toContain('image = "debian-13" has PostgreSQL 17, and the database is of PostgreSQL 16');
  expect(problem).toContain('pulumi config set image ubuntu-noble');
  expect(problem).toContain('bin/mastodon export');
  expect(imageProblem('debian-13', 'ubuntu-noble')).toContain('has PostgreSQL 16');
  for (const image of IMAGES) expect(imageProblem(image, image)).toBeUndefined();
});

test('what an up leaves behind gives the next preview the image', () => {
  const machine = { generation: 1, size: 'g3.medium', image: 'debian-13', mastodon: { version: '4.7.6' } };
  expect(imageIn(effectsOf(machine, []))).toBe('debian-13');
  expect(imageIn(undefined)).toBeUndefined();
});

test("a rehearsal has production's image, and says at once where this computer can't restore its backup", () => {
  const kit = (settings: object) => ({ settings }) as unknown as RecoveryKit;
  expect(rehearsalSettings(kit({ image: 'debian-13' }), {})).toMatchObject({ image: 'debian-13' });
  expect(rehearsalProblem(kit({ image: 'debian-13' }))).toBeUndefined();
  for (const settings of [{}, { image: 'ubuntu-noble' }])
    expect(rehearsalProblem(kit(settings))).toContain('image ubuntu-noble has PostgreSQL 16');
});

test('a rehearsal that is refused says that a dump can be rehearsed with, on the image of this computer', () => {
  const kit = (settings: object) => ({ settings }) as unknown as RecoveryKit;
  expect(rehearsalProblem(kit({}))).toContain('bin/mastodon rehearse VERSION --dump newest');
  expect(rehearsalSettings(kit({ image: 'ubuntu-noble' }), {}, DEBIAN_IMAGE)).toMatchObject({
    image: 'debian-13',
  });
  expect(rehearsalSettings(kit({}), {})).not.toHaveProperty('image');
  for (const name of ['newest', 'mastodon-20261129T031500Z.dump.gpg'])
    expect(dumpProblem(name)).toBeUndefined();
  for (const name of ['', 'old', 'newest --from secondary', '../x'])
    expect(dumpProblem(name)).toContain('bin/mastodon restore --list');
});

test('the local stack has the image that its machines are', () => {
  const { config } = parse(readFileSync(join(__dirname, '../../Pulumi.local.yaml'), 'utf8')) as {
    config: Record<string, unknown>;
  };
  expect(config['mastodon-on-civo:image']).toBe(DEBIAN_IMAGE);
});

describe('before a machine takes the lease', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postgresql-'));
  const step = join(__dirname, '../../cloud-init/steps/2-handover/53-postgresql.sh');
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  mkdirSync(join(folder, 'done'));
  const program = (name: string, body: string) => {
    writeFileSync(join(bin, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  };
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** The step, with what pgBackRest would say. */
  function run(info: string, cluster = '17') {
    program('pgbackrest', info);
    program('setpriv', 'while [[ $1 != -- ]]; do shift; done; shift && exec "$@"');
    const script = `set -euo pipefail
      fail() { echo "converge: $1" >&2; exit 1; }
      change() { :; }
      state=${folder} scratch=${folder} cluster=${cluster}
      source ${step}`;
    const { status, stderr } = spawnSync('bash', {
      input: script,
      env: { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) },
    });
    return { status, said: stderr.toString() };
  }
  /** As pgBackRest 2.50 and later tell it. */
  const stanza = (...versions: string[]) =>
    `echo '${JSON.stringify([{ name: 'mastodon', db: versions.map((version, i) => ({ id: i + 1, version })), backup: [], status: { code: 0 } }])}'`;

  test('the step is earlier than that of the lease', () => {
    expect(['54-lease.sh', '53-postgresql.sh'].sort()[0]).toBe('53-postgresql.sh');
    expect(readFileSync(step, 'utf8')).toContain('prove_same_postgresql');
  });

  test('backups of another PostgreSQL end the run, and the message names the remedy', () => {
    const { status, said } = run(stanza('16'));
    expect(status).toBe(1);
    expect(said).toContain("backups are of PostgreSQL 16, and this machine's image has PostgreSQL 17");
    expect(said).toContain('a machine that serves continues to serve. Set image back');
  });

  test('backups of the same PostgreSQL, the newest of several, or none let it continue', () => {
    for (const info of [stanza('17'), stanza('16', '17'), stanza(), `echo '[]'`])
      expect(run(info)).toEqual({ status: 0, said: '' });
  });

  test('a bucket that does not answer ends the run', () => {
    expect(run('exit 1').said).toContain('the backup bucket does not answer');
  });

  test('a machine that has its database already asks nothing', () => {
    writeFileSync(join(folder, 'done', 'database-origin'), '');
    expect(run('exit 1').status).toBe(0);
    rmSync(join(folder, 'done', 'database-origin'));
  });
});
