/** How a machine installs its packages where the mirrors don't answer at once. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const STEP = join(__dirname, '../../cloud-init/steps/1-boot/10-packages.sh');

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'packages-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The step, on a machine that lacks one package, whose lists can be fetched at the given try. */
function install({ listsAt, installs }: { listsAt: number; installs: boolean }) {
  const program = (name: string, body: string) => {
    writeFileSync(join(folder, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  };
  program('dpkg', 'true');
  program('dpkg-query', 'true');
  program('getent', 'true');
  program(
    'apt-get',
    `echo "$*" >>${folder}/asked
    case "$*" in
    *update) (($(grep --count 'update$' ${folder}/asked) >= ${String(listsAt)})) || { echo 'E: Failed to fetch mirror.example' >&2; exit 100; } ;;
    *) ${installs ? 'exit 0' : 'echo "E: Unable to locate package jq"; exit 100'} ;;
    esac`,
  );
  writeFileSync(join(folder, 'packages'), 'jq\n');
  writeFileSync(join(folder, 'asked'), '');
  const script = `set -euo pipefail
    fail() { echo "converge: $1" >&2; exit 1; }
    change() { "\${@:2}"; }
    sleep() { echo "sleep $1" >>${folder}/asked; }
    dry_run='' bundle=${folder} scratch=${folder}
    source ${STEP}`;
  const { status, stderr } = spawnSync('bash', {
    input: script,
    encoding: 'utf8',
    env: { ...process.env, PATH: [folder, process.env.PATH].join(delimiter) },
  });
  const asked = readFileSync(join(folder, 'asked'), 'utf8').split('\n').filter(Boolean);
  return { status, said: stderr, asked };
}

test('package lists that can’t be fetched at once are fetched again, each time after a longer pause', () => {
  const { status, said, asked } = install({ listsAt: 3, installs: true });
  expect(status).toBe(0);
  expect(said).toContain('try 2 of 5: E: Failed to fetch mirror.example');
  expect(asked.map((line) => line.replace(/^-.* /, ''))).toEqual(['update', 'sleep 20', 'update', 'sleep 30', 'update', 'jq']); // prettier-ignore
});

test('a fetch of the lists that fails in part counts as failed', () => {
  const { asked } = install({ listsAt: 1, installs: true });
  expect(asked[0]).toMatch(/-o APT::Update::Error-Mode=any update$/);
});

test('after five tries the lists that are there are used', () => {
  const { status, asked } = install({ listsAt: 9, installs: true });
  expect(status).toBe(0);
  expect(asked.filter((line) => line.endsWith('update'))).toHaveLength(5);
  expect(asked.at(-1)).toMatch(/install --no-install-recommends jq$/);
});

test('where that fails, the message names the lists, apt’s error and what to check', () => {
  const { status, said } = install({ listsAt: 9, installs: false });
  expect(status).toBe(1);
  expect(said).toMatch(
    /converge: could not install jq: the package lists could not be fetched in 5 tries \(E: Failed to fetch mirror\.example\)\. Check the machine's name servers/,
  );
  expect(install({ listsAt: 1, installs: false }).said).toContain('converge: could not install jq\n');
});
