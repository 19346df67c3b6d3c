import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const checkout = join(__dirname, '..', '..');
const github = join(checkout, '.github');
const read = (path: string) => readFileSync(join(github, path), 'utf8');
const files = readdirSync(github, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.yml'),
);
const workflows = files.filter((path) => path.startsWith('workflows'));

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, { permissions?: Record<string, string>; steps: { run?: string; uses?: string }[] }>;
}

test.each(files)('%s uses actions by commit only', (path) => {
  const uses = [...read(path).matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
  for (const action of uses) expect(action).toMatch(/^(\.\/|[\w-]+\/[\w-]+@[0-9a-f]{40}$)/);
});

test.each(workflows)('%s calls make targets that there are', (path) => {
  const targets = /^\.PHONY: (.*)$/m.exec(readFileSync(join(checkout, 'Makefile'), 'utf8'))?.[1]?.split(' ');
  const called = [...read(path).matchAll(/\bmake ([a-z -]*[a-z])/g)].flatMap(([, words = '']) =>
    words.split(' '),
  );
  expect(called).not.toEqual([]);
  for (const target of called) expect(targets).toContain(target);
});

test('only the job that writes the comment may write, and it checks nothing out', () => {
  const writers = workflows.flatMap((path) =>
    Object.values((parse(read(path)) as Workflow).jobs).filter(({ permissions = {} }) =>
      Object.values(permissions).includes('write'),
    ),
  );
  expect(writers).toHaveLength(1);
  expect(writers[0]?.permissions).toEqual({ 'pull-requests': 'write' });
  expect(writers[0]?.steps.flatMap(({ uses }) => uses ?? [])).toEqual([]);
  for (const path of workflows) {
    expect(Object.values((parse(read(path)) as Workflow).permissions)).not.toContain('write');
  }
});

test('what runs the code of a pull request has no secret', () => {
  const open = workflows.filter((path) => read(path).includes('pull_request'));
  expect(open.sort()).toEqual(['workflows/ci.yml', 'workflows/preview.yml']);
  for (const path of open) expect(read(path)).not.toContain('secrets.');
  expect(workflows.map(read).join('\n')).not.toMatch(/pull_request_target|workflow_run/);
});
