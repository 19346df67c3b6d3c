/** How converge enables, starts, restarts and reloads units: `cloud-init/restart-units.sh` with a systemctl of ours. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const cloudInit = join(__dirname, '../../cloud-init');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'units-'));
  for (const name of ['bin', 'etc', 'show', 'state', 'state/done']) mkdirSync(join(folder, name));
  // `show` prints a file for each unit, with an empty line between, as systemd 252 and 257 do; the rest is logged.
  write(
    'bin/systemctl',
    `#!/bin/bash
    [[ $1 == show ]] || { echo "$@" >>${folder}/calls; exit 0; }
    echo show >>${folder}/shows
    shift 4
    while (($#)); do cat "${folder}/show/$1"; shift; (($# == 0)) || echo; done`,
    0o755,
  );
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const path = (name: string) => join(folder, name);
function write(name: string, text: string, mode?: number): string {
  writeFileSync(path(name), text, { mode });
  return path(name);
}

const START = new Date('2026-11-30T08:00:00Z');
const minutesLater = (minutes: number) => new Date(START.getTime() + minutes * 60_000);

/** A unit, active since {@link START}, with a file that is as old as given. */
function unit(name: string, { lines = '', ...shown }: { lines?: string } & Record<string, string> = {}) {
  const file = write(`etc/${name}`, `[Unit]\n${lines}\n`);
  const properties = {
    FragmentPath: file,
    DropInPaths: '',
    UnitFileState: 'enabled',
    ActiveState: 'active',
    InactiveExitTimestamp: 'Mon 2026-11-30 08:00:00.000001 UTC',
    ...shown,
  };
  const text = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  write(`show/${name}`, text.join(''));
}

function changedAt(name: string, time: Date, text = 'text'): string {
  write(name, text);
  utimesSync(path(name), time, time);
  return path(name);
}

const apply = (units: string[], options: { dryRun?: boolean } = {}) =>
  run(`apply ${units.join(' ')}`, options);

function run(command: string, { dryRun = false } = {}) {
  const script = `set -euo pipefail; shopt -s nullglob
    state=${folder}/state dry_run=${dryRun ? 'yes' : ''} changes=0
    source ${cloudInit}/changes.sh
    source ${cloudInit}/restart-units.sh
    put() { cat >"$1"; }
    ${command}`;
  const env = { PATH: `${folder}/bin:${process.env.PATH ?? ''}`, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8', env });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const lines = (file: string) =>
    existsSync(path(file)) ? readFileSync(path(file), 'utf8').trim().split('\n') : [];
  const done = { said: stdout.trim(), calls: lines('calls'), shows: lines('shows').length };
  for (const file of ['calls', 'shows']) rmSync(path(file), { force: true });
  return done;
}

test('where nothing has changed systemd is asked once, for all units', () => {
  const file = changedAt('etc/read', minutesLater(-10));
  unit('a.service', { lines: `X-Restart-Triggers=${file}` });
  unit('b@1.service', { UnitFileState: 'generated' });
  unit('c.timer', { UnitFileState: 'static' });
  expect(apply(['a.service', 'b@1.service', 'c.timer'])).toEqual({ said: '', calls: [], shows: 1 });
});

test.each([
  ['disabled', 'active', ['enable --quiet a.service']],
  ['', 'active', ['enable --quiet a.service']],
  ['enabled', 'inactive', ['start a.service']],
  ['enabled', 'failed', ['start a.service']],
  ['disabled', 'inactive', ['enable --quiet a.service', 'start a.service']],
  // After a boot: waited for, and no change.
  ['enabled', 'activating', ['start a.service']],
])('a unit that is "%s" and "%s"', (UnitFileState, ActiveState, calls) => {
  unit('a.service', { UnitFileState, ActiveState, InactiveExitTimestamp: '' });
  const done = apply(['a.service']);
  expect(done.calls).toEqual(calls);
  expect(done.said === '').toBe(ActiveState === 'activating');
});

describe('a file that a unit names', () => {
  test('restarts the unit where it changed after its start, once', () => {
    const file = changedAt('etc/read', minutesLater(10));
    unit('a.service', { lines: `X-Restart-Triggers=${file}` });
    expect(apply(['a.service'], { dryRun: true })).toMatchObject({ said: '~ restart a.service', calls: [] });
    expect(apply(['a.service']).calls).toEqual(['restart a.service']);
    expect(apply(['a.service']).calls).toEqual([]);
  });

  test('reloads it likewise, and again after each new content', () => {
    const file = changedAt('etc/read', minutesLater(10));
    unit('a.service', { lines: `X-Reload-Triggers=${file}` });
    expect(apply(['a.service']).calls).toEqual(['reload-or-restart a.service']);
    changedAt('etc/read', minutesLater(20), 'other');
    expect(apply(['a.service']).calls).toEqual(['reload-or-restart a.service']);
    expect(apply(['a.service']).calls).toEqual([]);
  });

  test('does nothing where only its time has changed', () => {
    const file = changedAt('etc/read', minutesLater(-10));
    unit('a.service', { lines: `X-Restart-Triggers=${file}` });
    apply(['a.service']);
    changedAt('etc/read', minutesLater(10));
    expect(apply(['a.service']).calls).toEqual([]);
  });

  test('is found by a pattern, in a drop-in, for the instance alone', () => {
    const dropIn = write(
      'etc/drop-in.conf',
      `[Unit]\nX-Restart-Triggers=${folder}/etc/none ${folder}/etc/*.%i`,
    );
    changedAt('etc/some.one', minutesLater(10));
    changedAt('etc/some.two', minutesLater(-10));
    unit('a@one.service', { DropInPaths: dropIn });
    unit('a@two.service', { DropInPaths: dropIn });
    expect(apply(['a@one.service', 'a@two.service']).calls).toEqual(['restart a@one.service']);
  });
});

test('a change may reach other units, so systemd is asked again after each', () => {
  const file = changedAt('etc/read', minutesLater(10));
  unit('a.service', { lines: `X-Restart-Triggers=${file}` });
  unit('b.service');
  unit('c.service');
  expect(apply(['a.service', 'b.service', 'c.service']).shows).toBe(2);
});

describe('a unit that a stack no longer has', () => {
  // A unit without its file stays in the list of failed ones, which nothing of ours would ever take it out of.
  test('is not listed as failed, however it ended', () => {
    expect(run('stop_unit a.service').calls).toEqual(['stop a.service', 'reset-failed a.service']);
    expect(run('disable a.timer').calls).toEqual([
      'disable --quiet a.timer',
      'stop a.timer',
      'reset-failed a.timer',
    ]);
  });

  test('is stopped without an error where systemd has forgotten it', () => {
    write('bin/systemctl', `#!/bin/bash\necho "$@" >>${folder}/calls; [[ $1 != reset-failed ]]`, 0o755);
    expect(run('stop_unit a.service; echo on').said).toBe('on');
  });

  test('is stopped that way by each step', () => {
    const steps = readdirSync(join(cloudInit, 'steps'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.sh'))
      .map((name) => [name, readFileSync(join(cloudInit, 'steps', name), 'utf8')] as const);
    expect(steps.length).toBeGreaterThan(20);
    expect(steps.filter(([, text]) => /systemctl (disable|stop)\b/.test(text))).toEqual([]);
    expect(steps.filter(([, text]) => /\b(disable|stop_unit) "\$unit"/.test(text))).toHaveLength(4);
  });
});

test('jobs that need much memory have a limit, and go before what serves people', () => {
  const folder = join(cloudInit, 'handover/etc/systemd/system');
  for (const job of ['backup', 'dump', 'housekeeping@', 'proof', 'rails', 'secondary']) {
    const text = readFileSync(join(folder, `mastodon-${job}.service`), 'utf8');
    expect([job, text]).toEqual([job, expect.stringMatching(/^MemoryMax=25%$/m)]);
    expect([job, text]).toEqual([job, expect.stringMatching(/^OOMScoreAdjust=500$/m)]);
  }
  // A first copy takes days, and no backup waits for it.
  expect(readFileSync(join(folder, 'mastodon-secondary.service'), 'utf8')).not.toMatch(/^Exec.*with-lock/m);
});
