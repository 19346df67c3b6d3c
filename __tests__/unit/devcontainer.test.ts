/** The dev container has what the local stack, the tests and the checks ask for. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const checkout = join(__dirname, '..', '..');
const read = (path: string) => readFileSync(join(checkout, path), 'utf8');
const dockerfile = read('.devcontainer/Dockerfile');
const installed = [...dockerfile.matchAll(/^\t\t([a-z\d.-]+) \\$/gm)].map(([, name = '']) => name);

/** Debian packages that the checkout's code installs on the host. */
function asked(): string[] {
  const files = execFileSync('git', ['ls-files', '*.ts', '.ci/*'], { cwd: checkout, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path && path !== '__tests__/unit/devcontainer.test.ts');
  return files
    .map(read)
    .flatMap((text) => [
      ...[...text.matchAll(/ensureHostPackages\(\[([^\]]*)\]/g)].flatMap(([, list = '']) =>
        [...list.matchAll(/'([^']+)'/g)].map(([, name = '']) => name),
      ),
      ...[...text.matchAll(/^\.ci\/require (.*)$/gm)].flatMap(([, list = '']) => list.split(' ')),
    ]);
}

test('has each Debian package that the local stack, the tests and the checks install', () => {
  expect(asked()).toEqual(expect.arrayContaining(['systemd-container', 'slirp4netns', 'shfmt']));
  expect(asked().filter((name) => !installed.includes(name))).toEqual([]);
});

test('lists its packages once, in alphabetical order', () => {
  expect(installed).toEqual([...new Set(installed)].sort());
});

test('has the versions of Go and Node.js that CI has', () => {
  const prepare = read('.github/actions/prepare/action.yml');
  const [, go] = /go-version: ([\d.]+)\.x/.exec(prepare) ?? [];
  const [, node] = /node-version: (\d+)/.exec(prepare) ?? [];
  expect(dockerfile).toContain(`FROM golang:${String(go)}-`);
  expect(dockerfile).toContain(`FROM node:${String(node)}-`);
});
