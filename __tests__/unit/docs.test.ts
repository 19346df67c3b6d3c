import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchmarksPage } from '../../benchmarks/render';
import { componentsPage } from '../../docs/generate-components';
import { decisionsIndex } from '../../docs/generate-decisions';
import { faultsPage } from '../../docs/generate-faults';
import { settingsReference } from '../../docs/generate-settings';
import { withProjectConfig } from '../../docs/project-config';
import { settingsSchema } from '../../docs/settings-schema';
import { testingPage } from '../support/suite/testing-page';

test('README.md has at most 120 lines', () => {
  expect(
    readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8')
      .trimEnd()
      .split('\n').length,
  ).toBeLessThanOrEqual(120);
});

test('the side bar of the site shows each page of docs/ once', () => {
  const docs = join(__dirname, '..', '..', 'docs');
  const groups = JSON.parse(readFileSync(join(docs, '.vitepress', 'pages.json'), 'utf8')) as Record<
    string,
    string[]
  >;
  const pages = readdirSync(docs).filter((name) => name.endsWith('.md') && !name.endsWith('.template.md'));
  const shown = Object.values(groups).flat();
  expect(shown.filter((page) => !page.includes('/')).sort()).toEqual(
    pages
      .map((name) => name.slice(0, -3))
      .filter((page) => page !== 'index')
      .sort(),
  );
});

test('docs/settings.md is what npm run docs:settings writes', () => {
  const written = readFileSync(join(__dirname, '..', '..', 'docs', 'settings.md'), 'utf8');
  expect(settingsReference()).toBe(written);
});

test('docs/settings.schema.json and the configuration in Pulumi.yaml are what npm run docs:settings writes', () => {
  const checkout = join(__dirname, '..', '..');
  const written = readFileSync(join(checkout, 'docs', 'settings.schema.json'), 'utf8');
  expect(settingsSchema()).toEqual(JSON.parse(written));
  const project = readFileSync(join(checkout, 'Pulumi.yaml'), 'utf8');
  expect(withProjectConfig(project)).toBe(project);
});

test('docs/components.md is what npm run docs:components writes', () => {
  expect(componentsPage()).toBe(readFileSync(join(__dirname, '..', '..', 'docs', 'components.md'), 'utf8'));
});

test('docs/decisions/README.md is what npm run docs:decisions writes, every decision of one form', () => {
  const written = readFileSync(join(__dirname, '..', '..', 'docs', 'decisions', 'README.md'), 'utf8');
  expect(decisionsIndex()).toBe(written);
});

test('docs/benchmarks.md is what make bench writes of its results', () => {
  const written = readFileSync(join(__dirname, '..', '..', 'docs', 'benchmarks.md'), 'utf8');
  expect(benchmarksPage()).toBe(written);
});

test('docs/faults.md is what npm run docs:faults writes of what the tests found', () => {
  const written = readFileSync(join(__dirname, '..', '..', 'docs', 'faults.md'), 'utf8');
  expect(faultsPage()).toBe(written);
});

test('docs/testing.md is what npm run docs:testing writes of the recorded runs', () => {
  expect(testingPage()).toBe(readFileSync(join(__dirname, '..', '..', 'docs', 'testing.md'), 'utf8'));
});

test('docs/changes.md is what npm run docs:changes finds, for every setting', () => {
  const checkout = join(__dirname, '..', '..');
  const written = readFileSync(join(checkout, 'docs', 'changes.md'), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'changes-'));
  const found = join(folder, 'changes.md');
  // Another process: under jest the program's modules can't be loaded again.
  execFileSync('npx', ['tsx', join(checkout, 'docs', 'generate-changes.ts'), found], { stdio: 'ignore' });
  expect(readFileSync(found, 'utf8')).toBe(written);
  rmSync(folder, { recursive: true });
});

test('docs/outputs.md and docs/outputs.schema.json are what npm run docs:outputs writes', () => {
  const docs = join(__dirname, '..', '..', 'docs');
  const folder = mkdtempSync(join(tmpdir(), 'outputs-'));
  // Another process: the generator's library is a module that jest can't load.
  execFileSync('npx', ['tsx', join(docs, 'generate-outputs.ts'), folder]);
  for (const name of ['outputs.md', 'outputs.schema.json']) {
    expect(readFileSync(join(folder, name), 'utf8')).toBe(readFileSync(join(docs, name), 'utf8'));
  }
  rmSync(folder, { recursive: true });
});
