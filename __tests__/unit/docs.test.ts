import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchmarksPage } from '../../benchmarks/render';
import { faultsPage } from '../../docs/generate-faults';
import { settingsReference } from '../../docs/generate-settings';

test('docs/settings.md is what npm run docs:settings writes', () => {
  const written = readFileSync(join(__dirname, '..', '..', 'docs', 'settings.md'), 'utf8');
  expect(settingsReference()).toBe(written);
});

test('docs/benchmarks.md is what make bench writes of its results', () => {
  const written = readFileSync(join(__dirname, '..', '..', 'docs', 'benchmarks.md'), 'utf8');
  expect(benchmarksPage()).toBe(written);
});

test('docs/faults.md is what npm run docs:faults writes of what the tests found', () => {
  const written = readFileSync(join(__dirname, '..', '..', 'docs', 'faults.md'), 'utf8');
  expect(faultsPage()).toBe(written);
});
