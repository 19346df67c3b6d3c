/** What a converge that has nothing to do leaves out: Python, which takes longer to start than most steps. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const cloudInit = join(__dirname, '../../cloud-init');
const steps = join(cloudInit, 'steps/2-handover');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unchanged-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function program(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  return path;
}

function run(script: string) {
  const functions = 'fail() { echo "converge: $1" >&2; exit 1; }; dry_run=';
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-euo', 'pipefail', '-c', `${functions}\n${script}`],
    {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    },
  );
  return { status, stdout, stderr };
}

describe('machines that were declared dead', () => {
  /** The step, with a mastodonctl that logs each start. */
  function step(lease: object | undefined, mastodonctl: string) {
    if (lease) writeFileSync(join(folder, 'lease.json'), JSON.stringify(lease));
    const path = program('mastodonctl', `touch ${folder}/started; ${mastodonctl}`);
    const text = readFileSync(join(steps, '96-former-machines.sh'), 'utf8');
    writeFileSync(join(folder, 'step.sh'), text.replaceAll('/usr/local/sbin/mastodonctl', path));
    const done = run(`state=${folder}; source ${folder}/step.sh`);
    return { ...done, started: spawnSync('test', ['-e', join(folder, 'started')]).status === 0 };
  }

  test.each([{ left: [] }, {}])('none by %j: Python is not started', (lease) => {
    expect(step(lease, 'true')).toMatchObject({ status: 0, stderr: '', started: false });
  });

  test('some: the run fails with their names, and how to continue with the first', () => {
    const done = step({ left: ['one', 'two'] }, 'echo one; echo two');
    expect(done).toMatchObject({ status: 1, started: true });
    expect(done.stderr).toContain('took over while one two gave no sign');
    expect(done.stderr).toContain('sudo mastodonctl lease abandon one, and');
  });

  test('where they are unknown, the run fails, so that no machine is deleted', () => {
    for (const lease of [{ left: ['one'] }, { left: 'nonsense' }, undefined])
      expect(step(lease, 'exit 1')).toMatchObject({ status: 1, started: true });
  });
});

test.each([
  ['ready   ', true, 0],
  ['ready   ', false, 1],
  ['starting', true, 1],
  [undefined, true, 1],
])(
  'PostgreSQL with the state %j, and pg_ctl that ends well (%j), takes changes: %d',
  (line, well, status) => {
    const data = join(folder, '17/main');
    mkdirSync(data, { recursive: true });
    const head = ['4242', data, '1', '5432', '/run/postgresql', 'localhost', '1 2'];
    if (line !== undefined) writeFileSync(join(data, 'postmaster.pid'), `${[...head, line].join('\n')}\n`);
    const text = readFileSync(join(steps, '55-restore.sh'), 'utf8').replaceAll('/var/lib/postgresql', folder);
    const [takesChanges = ''] = /^takes_changes\(\) \{\n(?:\t.*\n)*\}/m.exec(text) ?? [];
    const done = run(`cluster=17
    as_postgres() { echo "$@"; ${String(well)}; }
    ${takesChanges}
    status=0; takes_changes || status=$?; echo "$status"`);
    const reload = `/usr/lib/postgresql/17/bin/pg_ctl --pgdata ${data} --silent reload\n`;
    expect(done).toMatchObject({
      status: 0,
      stdout: `${line === 'ready   ' ? reload : ''}${String(status)}\n`,
    });
  },
);

test('the time of a step is rounded to tenths of a second, and needs no program', () => {
  const text = readFileSync(join(cloudInit, 'converge'), 'utf8');
  const functions = ['microseconds', 'tell_seconds'].map(
    (name) => new RegExp(`^${name}\\(\\) \\{(?: .*\\}$|\\n(?:\\t.*\\n)*\\})`, 'm').exec(text)?.[0] ?? '',
  );
  const script = `PATH=/nonexistent
    ${functions.join('\n')}
    microseconds() { REPLY=\${now/./}; }
    for now in 100.049999 100.050000 112.349999; do tell_seconds '%s|' 100000000; done`;
  expect(execFileSync('bash', ['-euc', script], { encoding: 'utf8' })).toBe('0.0|0.1|12.3|');
});
