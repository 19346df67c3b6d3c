import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import type { AggregatedResult, TestResult } from '@jest/reporters';

const PAGE = join(__dirname, '..', '..', '..', 'docs', 'nightly.md');

/** Writes what `make nightly` found to docs/nightly.md: each test file's last run, with its date. */
export default class NightlyReporter {
  onRunComplete(_: unknown, { testResults }: AggregatedResult): void {
    const page = testResults.reduce((text, result) => withResult(text, result), readFileSync(PAGE, 'utf8'));
    writeFileSync(PAGE, page);
  }
}

/** The page with the part of that file again. */
function withResult(page: string, result: TestResult): string {
  const [, name = ''] = /([^/]+)\.test\.ts$/.exec(result.testFilePath) ?? [];
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [above, below] = [page.indexOf(begin), page.indexOf(end)];
  if (above < 0 || below < above) throw new Error(`${PAGE}: expected the lines ${begin} and ${end}`);
  return [page.slice(0, above) + begin, '', ...partOf(result), '', page.slice(below)].join('\n');
}

function partOf({ testResults, perfStats }: TestResult): string[] {
  const commit = execFileSync('git', ['log', '-1', '--format=%h'], {
    encoding: 'utf8',
    cwd: __dirname,
  }).trim();
  const dirty =
    execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8', cwd: __dirname }).trim() !== '';
  const failed = testResults.filter(({ status }) => status === 'failed').length;
  const minutes = Math.round((perfStats.end - perfStats.start) / 60_000);
  return [
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commit}${dirty ? ' and changes' : ''}: ` +
      `**${failed === 0 ? 'passed' : `${String(failed)} failed`}**, in ${String(minutes)} minutes, on ` +
      `${String(cpus().length)} processors (${cpus()[0]?.model.trim() ?? 'unknown'}), Linux ${release()}.`,
    '',
    '| test | result | seconds |',
    '| --- | --- | --- |',
    ...testResults.map(
      ({ title, status, duration }) =>
        `| ${title} | ${status} | ${String(Math.round((duration ?? 0) / 1_000))} |`,
    ),
  ];
}
