/**
 * A reporter for Jest that reports at the end where the time went, and keeps it in `.local/last-run.json`. With
 * `RECORD_RUN=1` a run of everything, all of it green, becomes the `now` of docs/testing.md.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AggregatedResult, Reporter, TestResult } from '@jest/reporters';
import { machine } from '../this-computer';
import { writeTestingPage } from './testing-page';
import { nameOfRun, openRunFolder, removeFinishedRuns } from '../isolation/runs';
import { type Stretch, TIMES_VARIABLE } from '../timing';
import { fileName, testFiles } from './files';
import { type FileOfRun, LAST_RUN, RECORDED, type Run, writeRun } from './run';
import { sharesOf } from './shares';
import { stateOfCache } from './start';
import { summary } from './summary';

/** A folder for each run. */
const TIMES = join(__dirname, '..', '..', '..', '.local', 'test-times');

export default class TimesReporter implements Pick<Reporter, 'onTestResult' | 'onRunComplete'> {
  /** `make test` began before Jest did. */
  private readonly start = Number(process.env.SUITE_START ?? Date.now());
  private readonly cache = (process.env.SUITE_CACHE as Run['cache'] | undefined) ?? stateOfCache();
  private readonly folder = openRunFolder(TIMES, nameOfRun(process.pid));
  private readonly results: TestResult[] = [];
  private problem: Error | undefined;

  constructor() {
    removeFinishedRuns(TIMES);
    // Jest starts its workers later, and hands them its environment.
    process.env[TIMES_VARIABLE] = this.folder;
  }

  onTestResult(_test: unknown, result: TestResult): void {
    this.results.push(result);
  }

  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    const run = this.run();
    rmSync(this.folder, { recursive: true, force: true });
    writeRun(LAST_RUN, run);
    process.stderr.write(summary(run));
    if (process.env.RECORD_RUN !== '1') return;
    try {
      record(run, failures(results));
    } catch (error) {
      this.problem = error as Error;
      process.stderr.write(`${this.problem.message}\n`);
    }
  }

  /** Makes Jest fail. */
  getLastError(): Error | undefined {
    return this.problem;
  }

  private run(): Run {
    const stretches = readdirSync(this.folder).flatMap((name) => readStretches(join(this.folder, name)));
    const files = this.results.map(({ testFilePath, perfStats, testResults }): FileOfRun => {
      const own = stretches.filter(({ file }) => file === testFilePath);
      return {
        file: fileName(testFilePath),
        seconds: (perfStats.end - perfStats.start) / 1_000,
        shares: sharesOf(own),
        titles: testResults
          .filter(({ status }) => status === 'passed' || status === 'failed')
          .map(({ fullName }) => fullName),
      };
    });
    return {
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      cache: this.cache,
      seconds: (Date.now() - this.start) / 1_000,
      files: files.sort((a, b) => (a.file < b.file ? -1 : 1)),
    };
  }
}

function readStretches(file: string): Stretch[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Stretch);
}

/** `success` is not yet known when a run is complete. */
const failures = ({ numFailedTests, numRuntimeErrorTestSuites, wasInterrupted }: AggregatedResult) =>
  numFailedTests + numRuntimeErrorTestSuites + (wasInterrupted ? 1 : 0);

function record(run: Run, failed: number): void {
  const ran = new Set(run.files.map(({ file }) => file));
  const left = testFiles().filter((file) => !ran.has(file));
  if (failed > 0) throw new Error('Not recorded: tests failed.');
  if (left.length > 0)
    throw new Error(`Not recorded: only a run of everything is; without ${left.join(', ')}`);
  writeRun(RECORDED, run);
  writeTestingPage();
  process.stderr.write('Recorded in docs/testing.md.\n');
}
