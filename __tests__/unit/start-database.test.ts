/** Why PostgreSQL is not up: what the machine's own program says, with programs that show it one state or another. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const PROGRAM = join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/start-database');
const UNIT = 'postgresql@16-main.service';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'start-database-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A file below the folder, which stands for the machine's root. */
function put(path: string, content = '', mode = 0o644): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode });
}
const program = (path: string, body: string) => {
  put(path, `#!/bin/bash\n${body}\n`, 0o755);
};

interface Machine {
  /** What systemctl does for `start`. */
  readonly start?: string;
  /** What `systemctl show` prints. */
  readonly shown?: string;
  /** What pg_ctl does. */
  readonly control?: string;
  /** Changes of the program, for waits that no test has the time for. */
  readonly hurry?: readonly (readonly [string, string])[];
}

function start({ start = '', shown = 'ActiveState=active', control = '', hurry = [] }: Machine) {
  put('var/log/postgresql/postgresql-16-main.log', 'of an earlier start\n');
  program('bin/pg_lsclusters', `echo '16 main 5432 down postgres /var/lib/postgresql/16/main /var/log'`);
  program('bin/setpriv', 'while [[ $1 != -- ]]; do shift; done; shift; exec "$@"');
  program(
    'bin/systemctl',
    `case $1 in start) ${start || ':'} ;; show) printf '%s\\n' ${shown} ;; list-jobs) echo '7 mastodon-lease.service start running' ;; esac`,
  );
  program('usr/lib/postgresql/16/bin/pg_ctl', `echo "\${@:3}" >>${folder}/asked; ${control}`);
  let text = readFileSync(PROGRAM, 'utf8').replaceAll(/f?"\/(?:var|run|usr\/lib)\//g, (root) =>
    root.replace('"', `"${folder}`),
  );
  for (const [from, to] of hurry) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  put('start-database', text, 0o755);
  const { status, stderr } = spawnSync(join(folder, 'start-database'), {
    encoding: 'utf8',
    env: { ...process.env, PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter) },
  });
  return { status, said: stderr };
}

const ready = (state: string) => {
  put('var/lib/postgresql/16/main/postmaster.pid', `1\n2\n3\n4\n5\n6\n7\n${state}   \n`);
};

test('a database that takes changes is all that is waited for, and it reads its settings once more', () => {
  ready('ready');
  expect(start({})).toEqual({ status: 0, said: '' });
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('status\n--silent reload\n');
});

test('a database that ended says so, with what it has logged since the start', () => {
  const log = `\${0%/bin/*}/var/log/postgresql/postgresql-16-main.log`;
  const { status, said } = start({ start: `echo 'FATAL:  out of range' >>${log}`, control: 'exit 3' });
  expect(status).toBe(1);
  expect(said).toContain('FATAL:  out of range');
  expect(said).not.toContain('of an earlier start');
  expect(said).toContain('start-database: PostgreSQL ended before it took changes: see ');
});

describe('a start that a condition forbids is no end of PostgreSQL:', () => {
  const refused = () => start({ shown: 'ActiveState=inactive ConditionResult=no', control: 'exit 3' });
  const held = () => {
    put('run/mastodon/lease-held');
  };

  test.each([
    [
      'another machine serves',
      'another machine has taken over: mastodon-2 since noon',
      () => {
        held();
        put('var/lib/mastodon/superseded', 'mastodon-2 since noon\n');
      },
    ],
    ['the lease is not held', 'does not hold the lease: journalctl -u mastodon-lease', () => undefined],
    [
      'a restore was cut short',
      'Resume it: sudo mastodon-restore --resume',
      () => {
        held();
        put('var/lib/mastodon/restore-pending');
      },
    ],
    ['something else', `a condition of its unit is not met: systemctl status ${UNIT}`, held],
  ])('%s', (_, text, prepare) => {
    prepare();
    const { status, said } = refused();
    expect(status).toBe(1);
    expect(said).toContain(text);
    expect(said).not.toMatch(/ended before/);
  });

  test('one that ran before, and was started again meanwhile, is not refused', () => {
    ready('ready');
    expect(start({ shown: 'ActiveState=active ConditionResult=no' }).status).toBe(0);
  });
});

test('a recovery that logs nothing ends the wait', () => {
  ready('starting');
  const { status, said } = start({ hurry: [['SILENCE_SECONDS = 600', 'SILENCE_SECONDS = 1']] });
  expect(status).toBe(1);
  expect(said).toContain('PostgreSQL does not take changes, and has logged nothing for');
});

test('a start that waits for another unit ends, and names the job', () => {
  const { status, said } = start({
    start: 'exec sleep 60',
    hurry: [['START_SECONDS = 600', 'START_SECONDS = 1']],
  });
  expect(status).toBe(1);
  expect(said).toContain('was not started within');
  expect(said).toContain('mastodon-lease.service start running');
});

test('each condition of the unit has its reason', () => {
  const units = join(__dirname, '../../cloud-init/handover/etc/systemd/system/postgresql@.service.d');
  const conditions = ['lease.conf', 'restore.conf']
    .flatMap((name) => readFileSync(join(units, name), 'utf8').split('\n'))
    .filter((line) => line.startsWith('Condition'))
    .map((line) => line.replace(/^.*\//, ''));
  expect(conditions).toEqual(['superseded', 'lease-held', 'restore-pending', 'restoring']);
  for (const condition of conditions) expect(readFileSync(PROGRAM, 'utf8')).toContain(`"${condition}"`);
});
