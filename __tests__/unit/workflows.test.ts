import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parse as parseWords } from '../../cli/parse';

const checkout = join(__dirname, '..', '..');
const github = join(checkout, '.github');
const read = (path: string) => readFileSync(join(github, path), 'utf8');
const files = readdirSync(github, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.yml'),
);
const workflows = files.filter((path) => path.startsWith('workflows'));

interface Step {
  run?: string;
  uses?: string;
  env?: Record<string, string>;
}

interface Job {
  if?: string;
  environment?: string;
  permissions?: Record<string, string>;
  concurrency?: { group: string };
  steps: Step[];
}

interface Workflow {
  permissions: Record<string, string>;
  concurrency?: { group: string };
  jobs: Record<string, Job>;
}

const jobs = workflows
  .sort()
  .flatMap((path) => Object.values((parse(read(path)) as Workflow).jobs).map((job) => ({ path, job })));
const secretsOf = (steps: readonly Step[] = []) =>
  steps.flatMap(({ env = {} }) => Object.values(env).filter((value) => value.includes('secrets.')));

test.each(files)('%s uses actions by commit only', (path) => {
  const uses = [...read(path).matchAll(/\buses: (\S+)/g)].map(([, action = '']) => action);
  for (const action of uses) expect(action).toMatch(/^(\.\/|[\w-]+\/[\w-]+@[0-9a-f]{40}$)/);
});

test.each(workflows)('%s runs commands and make targets that there are', (path) => {
  const targets = /^\.PHONY: (.*)$/m.exec(readFileSync(join(checkout, 'Makefile'), 'utf8'))?.[1]?.split(' ');
  const lines = jobs
    .filter((job) => job.path === path)
    .flatMap(({ job }) => job.steps.flatMap(({ run = '' }) => run.split('\n')));
  const commands = lines.flatMap((line) => [...line.matchAll(/\bbin\/mastodon ([^>]*[^> ])/g)]);
  for (const [, words = ''] of commands) parseWords(words.split(' '));
  const called = lines.flatMap((line) =>
    [...line.matchAll(/\bmake ([a-z -]*[a-z])/g)].flatMap(([, words = '']) => words.split(' ')),
  );
  expect([...called, ...commands]).not.toEqual([]);
  for (const target of called) expect(targets).toContain(target);
});

test('four jobs may write: none has a secret, and none runs a package or the code of a pull request', () => {
  const writers = jobs.filter(({ job: { permissions = {} } }) =>
    Object.values(permissions).includes('write'),
  );
  expect(writers.map(({ path, job }) => [path, job.permissions])).toEqual([
    ['workflows/drift.yml', { contents: 'read', actions: 'write' }],
    ['workflows/preview.yml', { 'pull-requests': 'write' }],
    ['workflows/rehearsal.yml', { statuses: 'write' }],
    ['workflows/releases.yml', { contents: 'write', 'pull-requests': 'write', actions: 'write' }],
  ]);
  const uses = writers.map(({ job }) => job.steps.flatMap((step) => step.uses ?? []));
  for (const one of uses.flat()) expect(one).toMatch(/^actions\/checkout@/);
  expect([uses[1], uses[2]]).toEqual([[], []]);
  for (const { job } of writers) expect(secretsOf(job.steps)).toEqual([]);
  for (const path of workflows) {
    expect(Object.values((parse(read(path)) as Workflow).permissions)).not.toContain('write');
  }
});

describe('production’s secrets', () => {
  const powerful = jobs.filter(({ job }) => secretsOf(job.steps).length > 0);

  test('are those of an environment: of one that asks for an approval, or of one that is open to what was approved', () => {
    expect(powerful.map(({ path, job }) => [path, job.environment])).toEqual([
      ['workflows/deploy.yml', 'production'],
      ['workflows/drift.yml', 'production-drift'],
      ['workflows/rehearsal.yml', 'production-drift'],
    ]);
    // It reads backups: no token of Civo's.
    expect(secretsOf(powerful[2]?.job.steps).join()).not.toContain('CIVO_TOKEN');
    const drift = powerful[1]?.job;
    // A schedule runs main, reviewed or not: there it has no secret, and starts the branch that deploy.yml moves.
    expect(drift?.if).toBe("github.event_name == 'workflow_dispatch'");
    expect(read('workflows/drift.yml')).toContain('run: .ci/start-drift');
    const steps = powerful[0]?.job.steps.map(({ run = '' }) => run) ?? [];
    expect(steps.slice(-2)).toEqual([expect.stringMatching(/^bin\/mastodon up /), '.ci/mark-deployed']);
    for (const script of ['start-drift', 'mark-deployed'])
      expect(readFileSync(join(checkout, '.ci', script), 'utf8')).toMatch(/\bdeployed\b/);
  });

  test('are not there while packages are installed, whose scripts do not run either', () => {
    for (const { job } of powerful) {
      const names = job.steps.map(({ uses = '', env }) =>
        env && secretsOf([{ env }]).length > 0 ? 'secrets' : uses,
      );
      expect(names.indexOf('./.github/actions/prepare')).toBeGreaterThanOrEqual(0);
      expect(names.indexOf('./.github/actions/prepare')).toBeLessThan(names.indexOf('secrets'));
    }
    expect(read('actions/prepare/action.yml')).toContain('- run: make node_modules/.package-lock.json\n');
    const installs =
      readFileSync(join(checkout, 'Makefile'), 'utf8').match(/^\t.*\bnpm (?:ci|install|rebuild)\b.*$/gm) ??
      [];
    expect(installs.map((line) => line.trim())).toEqual([
      'npm ci --prefix docs --ignore-scripts',
      'npm ci --ignore-scripts',
      'npm rebuild ssh2 --ignore-scripts=false',
    ]);
    // The other one that is needed is of this repository.
    expect(readFileSync(join(checkout, 'Makefile'), 'utf8')).toContain('\tnpm run --silent postinstall\n');
  });

  test('are asked for by no package’s script that was not reviewed: all that have one work without it', () => {
    const withScript = (lock: string) => {
      const { packages } = JSON.parse(readFileSync(join(checkout, lock), 'utf8')) as {
        packages: Record<string, { hasInstallScript?: boolean }>;
      };
      return Object.keys(packages)
        .filter((path) => packages[path]?.hasInstallScript)
        .map((path) => path.replace(/^.*node_modules\//, ''));
    };
    expect(withScript('package-lock.json')).toEqual([
      '', // ours: compiles sdks/civo
      '@parcel/watcher', // compiles where there is no binary; nothing here watches files
      '@pulumi/command', // fetches Pulumi's plugin, as Pulumi itself does when it needs it
      'cpu-features', // optional
      'esbuild', // puts the binary of its optional package in place of a script that starts it
      'unrs-resolver', // fetches its binary where the optional package is missing
      'protobufjs', // warns of versions
      'ssh2', // compiles its cipher: the Makefile names it
      'sdks/civo', // compiles itself
    ]);
    expect(withScript('docs/package-lock.json')).toEqual(['esbuild']);
  });
});

test('no two workflows wait in one group: the next one that waits would cancel the one before', () => {
  const groups = workflows.flatMap((path) => {
    const workflow = parse(read(path)) as Workflow;
    const found = [workflow, ...Object.values(workflow.jobs)].map(({ concurrency }) => concurrency?.group);
    return [...new Set(found.filter((group) => group !== undefined))];
  });
  expect(groups.sort()).toEqual([
    'ci-${{ github.ref }}',
    'preview-${{ github.ref }}',
    'production',
    'production-drift',
    'rehearsal',
    'releases',
  ]);
});

test('what others wrote, and what a run was started with, is never a part of a script', () => {
  for (const { path, job } of jobs)
    for (const { run = '' } of job.steps)
      expect([path, run]).toEqual([path, expect.not.stringContaining('${{')]);
});

test('the copy of a community is made on a runner only where the variable asks for it', () => {
  expect(read('workflows/rehearsal.yml')).not.toMatch(/^ {2}(schedule|push|pull_request):/m);
  expect(read('workflows/releases.yml')).toContain('REHEARSE: ${{ vars.REHEARSE_RELEASES }}');
});

test('what runs the code of a pull request has no secret', () => {
  const open = workflows.filter((path) => read(path).includes('pull_request'));
  expect(open.sort()).toEqual(['workflows/ci.yml', 'workflows/preview.yml']);
  for (const path of open) expect(read(path)).not.toContain('secrets.');
  expect(workflows.map(read).join('\n')).not.toMatch(/pull_request_target|workflow_run/);
});
