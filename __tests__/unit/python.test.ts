/** The tests of the machine's Python (`__tests__/python`): pytest runs them once, and each is a test of its own here. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const checkout = join(__dirname, '../..');

interface Outcome {
  /** As pytest names it: `__tests__/python/dns_client_test.py::test_name[case]`. */
  test: string;
  outcome: 'passed' | 'failed' | 'skipped';
  text: string;
}

function runPytest(): { outcomes: Outcome[]; status: number | null; said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'pytest-'));
  const report = join(folder, 'report.jsonl');
  try {
    const done = spawnSync('.ci/python', ['pytest', '--quiet', '__tests__/python', `--report=${report}`], {
      cwd: checkout,
      encoding: 'utf8',
    });
    const lines = existsSync(report) ? readFileSync(report, 'utf8').split('\n').filter(Boolean) : [];
    return {
      outcomes: lines.map((line) => JSON.parse(line) as Outcome),
      status: done.status,
      said: done.error?.message ?? done.stdout + done.stderr,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `__tests__/python/a_test.py::test_it_does[case]` is `a: it does [case]`. */
function titleOf({ test }: Outcome): string {
  const [file = '', ...names] = test.split('::');
  const parts = [file.replace(/^.*__tests__\/python\//, '').replace(/_test\.py$/, ''), ...names];
  return parts
    .join(': ')
    .replace(/: test_/g, ': ')
    .replace(/: [^[]*/g, (name) => name.replaceAll('_', ' '))
    .replace('[', ' [');
}

// Jest has to know the tests before it runs them.
const { outcomes, status, said } = runPytest();
const ofTest = new Map<string, Outcome[]>();
for (const one of outcomes) ofTest.set(titleOf(one), [...(ofTest.get(titleOf(one)) ?? []), one]);

test("pytest runs the tests of the machine's Python", () => {
  // 0: all passed; 1: some failed, which is reported below. All else: it could not be installed, or did not get that far.
  if (status !== 0 && !outcomes.some(({ outcome }) => outcome === 'failed')) throw new Error(said);
  expect(outcomes).not.toEqual([]);
});

for (const [title, parts] of ofTest) {
  const skipped = parts.every(({ outcome }) => outcome === 'skipped');
  (skipped ? test.skip : test)(title, () => {
    const failed = parts.filter(({ outcome }) => outcome === 'failed');
    if (failed.length > 0) throw new Error(failed.map(({ text }) => text).join('\n'));
  });
}
