/** What drift.yml's scheduled job does, with a GitHub whose answers are given. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scripts = join(__dirname, '../../.ci');
const folder = mkdtempSync(join(tmpdir(), 'start-drift-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs it with these cases of gh's arguments. */
function start(cases: string) {
  writeFileSync(
    join(folder, 'gh'),
    `#!/bin/bash\necho "$*" >>${folder}/asked\ncase "$*" in\n${cases}\nesac\n`,
    { mode: 0o755 },
  );
  writeFileSync(join(folder, 'sleep'), '#!/bin/sh\n', { mode: 0o755 });
  rmSync(join(folder, 'asked'), { force: true });
  const { status, stdout, stderr } = spawnSync(join(scripts, 'start-drift'), [], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${process.env.PATH ?? ''}`, GH_REPO: 'a/b', GITHUB_RUN_ID: '77' },
  });
  return { status, said: stdout + stderr, asked: readFileSync(join(folder, 'asked'), 'utf8') };
}

const found = `"api "*) echo '{}' ;;
"workflow run"*) ;;
"run list"*) [[ $(grep -c 'run list' ${folder}/asked) -lt 3 ]] || echo 4711 ;;`;

test('starts the check on what was deployed, and ends as that does', () => {
  const { status, said, asked } = start(`${found}
"run view 4711"*) [[ $(grep -c 'run view' ${folder}/asked) -lt 2 ]] || echo success ;;`);
  expect([status, said]).toEqual([0, 'Production is as its state says.\n']);
  expect(asked).toContain('workflow run drift.yml --ref deployed --field asked-by=77\n');
  expect(asked).toContain('.displayTitle == "drift 77"');
});

test('fails where production is another one, with the run that shows it', () => {
  const { status, said } = start(`${found}\n"run view 4711"*) echo failure ;;`);
  expect(status).toBe(1);
  expect(said).toContain('(failure): https://github.com/a/b/actions/runs/4711');
});

test('has nothing to compare before anything was deployed, and does not take a silent GitHub for that', () => {
  expect(start(`"api "*) echo 'gh: Branch not found (HTTP 404)' >&2; exit 1 ;;`)).toMatchObject({
    status: 0,
    said: expect.stringContaining('nothing was deployed yet') as string,
  });
  expect(start(`"api "*) echo 'gh: Server Error (HTTP 502)' >&2; exit 1 ;;`)).toMatchObject({
    status: 1,
    said: expect.stringContaining('does not say') as string,
  });
});

test('fails where the run never begins', () => {
  const { status, said } = start(`"api "*) ;; "workflow run"*) ;; "run list"*) ;;`);
  expect([status, said]).toEqual([1, expect.stringContaining('no run began on deployed within 5 minutes')]);
});

test('a deploy without the key for the branch fails behind the deploy, and says what is missing', () => {
  const { status, stderr } = spawnSync(join(scripts, 'mark-deployed'), [], {
    encoding: 'utf8',
    env: { ...process.env, DEPLOYED_KEY: '' },
  });
  expect(status).toBe(1);
  expect(stderr).toContain('has no secret DEPLOYED_KEY. This commit is deployed');
});
