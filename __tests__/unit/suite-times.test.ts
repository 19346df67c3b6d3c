import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharesOf } from '../support/suite/shares';
import { duration, summary } from '../support/suite/summary';
import { kindOfCommand, type Stretch, timed, TIMES_VARIABLE } from '../support/timing';

describe('the time of a test file', () => {
  test('counts once where kinds are in each other: for the first in their order', () => {
    const shares = sharesOf([
      { kind: 'waiting', from: 0, to: 10_000 },
      { kind: 'converge', from: 2_000, to: 5_000 },
      { kind: 'ssh', from: 4_000, to: 7_000 },
    ]);
    expect(shares).toEqual({ waiting: 5, converge: 3, ssh: 2 });
  });

  test('counts once where two of a kind run side by side, and gaps count for none', () => {
    const shares = sharesOf([
      { kind: 'pulumi', from: 0, to: 3_000 },
      { kind: 'pulumi', from: 1_000, to: 4_000 },
      { kind: 'pulumi', from: 9_000, to: 10_000 },
    ]);
    expect(shares).toEqual({ pulumi: 5 });
  });

  test('is nothing without a stretch', () => {
    expect(sharesOf([])).toEqual({});
  });
});

describe('timed work', () => {
  const given = process.env[TIMES_VARIABLE];
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'times-'));
    process.env[TIMES_VARIABLE] = folder;
  });
  afterEach(() => {
    if (given === undefined) Reflect.deleteProperty(process.env, TIMES_VARIABLE);
    else process.env[TIMES_VARIABLE] = given;
    rmSync(folder, { recursive: true });
  });
  const written = () =>
    readdirSync(folder)
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
      .map((line) => JSON.parse(line) as Stretch);

  test('returns what it returns, and is noted with its test file', async () => {
    await expect(timed('boot', () => Promise.resolve(7))).resolves.toBe(7);
    expect(written()).toEqual([
      {
        file: __filename,
        kind: 'boot',
        from: expect.any(Number) as number,
        to: expect.any(Number) as number,
      },
    ]);
  });

  test('is noted, too, when it fails, and fails as it did', async () => {
    await expect(timed('ssh', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(written()).toHaveLength(1);
  });

  test('is not noted where no folder is given', async () => {
    Reflect.deleteProperty(process.env, TIMES_VARIABLE);
    await timed('boot', () => Promise.resolve());
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['sudo converge', 'converge'],
    ['sudo converge --dry-run', 'converge'],
    ["sudo sh -c 'systemctl restart mastodon-web@1'", 'converge'],
    ['sudo systemctl start mastodon-backup', 'converge'],
    ['systemctl show nginx --property=Id', 'ssh'],
    ['sudo cat /run/mastodon/converge.lock', 'ssh'],
    ['true', 'ssh'],
  ])('over SSH counts by its command: %s as %s', (command, kind) => {
    expect(kindOfCommand(command)).toBe(kind);
  });
});

test('the end of a run names the slowest files first, and what takes them long', () => {
  const run = {
    ...{ date: '2026-11-28', machine: 'here', cache: 'cold' as const, seconds: 2_292 },
    files: [
      { file: 'unit/cost', seconds: 2.4, shares: {}, titles: ['a'] },
      {
        file: 'machine/day2',
        seconds: 312,
        shares: { boot: 8, 'first up': 95.4, ssh: 0.2 },
        titles: ['b', 'c'],
      },
    ],
  };
  expect(summary(run)).toBe(
    [
      'Slowest test files:',
      '  machine/day2   312 s  of them boot 8, first up 95',
      '  unit/cost        2 s',
      "3 tests in 2 files: 38 min 12 s, toolchain's cache cold",
      '',
    ].join('\n'),
  );
  expect(duration(59.7)).toBe('1 min 0 s');
});
