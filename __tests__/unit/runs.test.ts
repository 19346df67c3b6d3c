import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nameOfRun, openRunFolder, removeFinishedRuns } from '../support/isolation/runs';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'runs-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

test('the folders of finished runs are removed, those of living ones and all others are kept', () => {
  const living = nameOfRun(process.pid);
  const [, namespace = ''] = living.split('-');
  openRunFolder(directory, living);
  // The same number, and another process: that one ended long ago.
  openRunFolder(directory, `run-${namespace}-${String(process.pid)}-1`);
  mkdirSync(join(directory, 'snapshots'));
  removeFinishedRuns(directory);
  expect(readdirSync(directory).sort()).toEqual([living, 'snapshots'].sort());
});

test('a run whose processes cannot be seen from here is over after a day', () => {
  const [recent, old] = ['run-1-2-3', 'run-1-2-4'];
  for (const name of [recent, old]) openRunFolder(directory, name);
  utimesSync(join(directory, old), new Date(), new Date(Date.now() - 25 * 60 * 60 * 1_000));
  removeFinishedRuns(directory);
  expect(readdirSync(directory)).toEqual([recent]);
});
