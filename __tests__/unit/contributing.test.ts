/** The examples of CONTRIBUTING.md can be applied, have right types, and pass their tests. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFiles } from '../support/project-files';

const checkout = join(__dirname, '..', '..');
const page = readFileSync(join(checkout, 'CONTRIBUTING.md'), 'utf8');
const examples = [...page.matchAll(/^### (.+?)\n(?:(?!^#).*\n)*?(`{3,})diff\n([^]*?)^\2$/gm)].map(
  ([, title = '', , patch = '']) => ({ title, patch }),
);
const changedIn = (patch: string) => [...patch.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, path = '']) => path);
const changed = examples.flatMap(({ patch }) => changedIn(patch));
const isUnitTest = (path: string) => path.startsWith('__tests__/unit/') && path.endsWith('.test.ts');

let scratch: string;
const run = (command: string, args: readonly string[], input = '') => {
  try {
    return execFileSync(command, args, { cwd: scratch, input, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')}:\n${stdout}${stderr}`);
  }
};

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'contributing-'));
  const tar = execFileSync('tar', ['--create', '--null', '--files-from=-'], {
    cwd: checkout,
    input: projectFiles().join('\0'),
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  execFileSync('tar', ['--extract', '--directory', scratch], { input: tar });
  symlinkSync(join(checkout, 'node_modules'), join(scratch, 'node_modules'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

test('there are examples, each with a test of its own', () => {
  expect(examples.map(({ title }) => title)).toEqual(
    expect.arrayContaining([
      'Add a component',
      'Add a setting',
      'Add a community kind',
      'Add a step on the machine',
      'Add a check of `bin/mastodon doctor`',
    ]),
  );
  for (const { title, patch } of examples)
    expect([title, changedIn(patch).filter(isUnitTest).length]).toEqual([title, 1]);
});

test.each(examples)('$title: the example can be applied', ({ patch }) => {
  run('git', ['apply', '--verbose', '-'], patch);
});

test('the examples have right types', () => {
  const files = changed.filter((path) => path.endsWith('.ts'));
  writeFileSync(
    join(scratch, 'tsconfig.examples.json'),
    JSON.stringify({ extends: './tsconfig.json', files, include: [] }),
  );
  run('npx', ['tsc', '--project', 'tsconfig.examples.json']);
});

function runTests(tests: readonly string[]): void {
  const config = { rootDir: scratch, transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] } };
  run('npx', ['jest', '--config', JSON.stringify(config), '--runTestsByPath', ...tests]);
}

test("the examples' tests pass", () => {
  runTests(changed.filter(isUnitTest));
});

test('no other file has to know a new setting or kind, but for generated pages', () => {
  for (const page of ['settings', 'changes']) run('npm', ['run', `docs:${page}`]);
  runTests(
    ['invalid-settings', 'kinds-checks', 'settings-files'].map((name) => `__tests__/unit/${name}.test.ts`),
  );
}, 600_000);
