/** The pull request of releases.yml (`.ci/propose-release`), with a gh whose GitHub is a folder of answers. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = join(__dirname, '../../.ci/propose-release');
const SETTINGS = Buffer.from('config: new\n').toString('base64');
const OLD = Buffer.from('config: old\n').toString('base64');
const TEXT = 'notes: $(touch evil) `touch evil` "; touch evil #\n@everyone';

/** What GitHub has: pull requests, whether the branch is there, and the settings on it. */
interface Hub {
  pulls: { number: number; title: string; state: string; merged_at: string | null }[];
  branch: boolean;
  content: string;
  /** What gh says in place of an answer, by a part of its arguments. */
  refuses?: [string, string];
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'propose-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function propose(
  hub: Hub,
  found: object = { title: 'Security: Mastodon 4.7.7', security: true, newest: '4.7.7' },
  env = {},
) {
  const file = (name: string, value: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(value));
  };
  file(
    'pulls',
    hub.pulls.map((one) => ({ ...one, base: { ref: 'main' } })),
  );
  file('ref', { object: { sha: 'f'.repeat(40) } });
  file('contents', { sha: 'b10b', content: hub.content.replace(/(.{4})/g, '$1\n') });
  file('commit', { commit: { sha: 'c'.repeat(40) } });
  file('repository', { default_branch: 'main' });
  file('pull', { number: 12 });
  // As gh: --jq prints texts as they are, and a status that is no success goes to standard error.
  writeFileSync(
    join(folder, 'gh'),
    `#!/bin/bash
printf '%s\\n' "$(printf '%q ' "$@")" >>${folder}/asked
filter=. silent=''
for ((i = 1; i <= $#; i++)); do
  [[ \${!i} != --silent ]] || silent=yes
  if [[ \${!i} == --jq ]]; then j=$((i + 1)); filter=\${!j}; fi
done
answer() { [[ $silent ]] || jq --raw-output --compact-output "$filter" "${folder}/$1"; }
${hub.refuses ? `[[ "$*" != *"${hub.refuses[0]}"* ]] || { echo 'gh: ${hub.refuses[1]}' >&2; exit 1; }` : ''}
case "$*" in
  "api repos/a/b/pulls?head=a:releases/mastodon&state=all"*) answer pulls ;;
  "api repos/a/b/git/ref/heads/releases/mastodon "*)
    ${hub.branch ? 'answer ref' : "{ echo 'gh: Not Found (HTTP 404)' >&2; exit 1; }"} ;;
  "api repos/a/b/git/refs "* | "api --method PATCH repos/a/b/git/refs/heads/releases/mastodon "*) answer ref ;;
  "api repos/a/b/contents/Pulumi.prod.yaml?ref=releases/mastodon "*) answer contents ;;
  "api --method PUT repos/a/b/contents/Pulumi.prod.yaml "*) answer commit ;;
  "api --method PATCH repos/a/b/pulls/"*) answer pull ;;
  "api repos/a/b/pulls "*) answer pull ;;
  "api repos/a/b "*) answer repository ;;
  "api repos/a/b/issues/"*"/labels "*) answer pull ;;
  "pr comment "* | "workflow run "*) ;;
  *) echo "gh: unexpected: $*" >&2; exit 9 ;;
esac
`,
    { mode: 0o755 },
  );
  rmSync(join(folder, 'asked'), { force: true });
  const { status, stdout, stderr } = spawnSync(script, [], {
    encoding: 'utf8',
    cwd: folder,
    env: {
      ...process.env,
      PATH: `${folder}:${process.env.PATH ?? ''}`,
      GH_REPO: 'a/b',
      GITHUB_SHA: 'a'.repeat(40),
      FOUND: JSON.stringify(found),
      SETTINGS,
      TEXT,
      PREVIEW: 'preview',
      ...env,
    },
  });
  const asked = existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8') : '';
  expect(existsSync(join(folder, 'evil'))).toBe(false);
  return { status, said: stdout + stderr, asked: asked.split('\n').filter(Boolean) };
}

const nothing: Hub = { pulls: [], branch: false, content: OLD };
const open = { number: 7, title: 'Mastodon 4.7.6', state: 'open', merged_at: null };
const writes = (asked: string[]) =>
  asked
    .filter((one) => /^(pr|workflow)|--method|git\/refs |--raw-field/.test(one))
    .map((one) => one.replace(/ --raw-field.*| --edit.*/, '').trim());

test('where there is none, the branch and a pull request with label and preview come, and CI starts', () => {
  const { status, said, asked } = propose(nothing);
  expect([status, said]).toEqual([0, 'The pull request 12 proposes it: Security: Mastodon 4.7.7\n']);
  expect(writes(asked)).toEqual([
    'api repos/a/b/git/refs',
    'api --method PUT repos/a/b/contents/Pulumi.prod.yaml',
    'api repos/a/b/pulls',
    'api repos/a/b/issues/12/labels',
    'pr comment 12',
    'workflow run ci.yml --ref releases/mastodon',
  ]);
  expect(asked.join('\n')).toContain(`content=${SETTINGS}`);
});

test('an open one is changed, on its branch, without force', () => {
  const { status, asked } = propose({ pulls: [open], branch: true, content: OLD });
  expect(status).toBe(0);
  expect(writes(asked).slice(0, 2)).toEqual([
    'api --method PUT repos/a/b/contents/Pulumi.prod.yaml',
    'api --method PATCH repos/a/b/pulls/7',
  ]);
  expect(asked.join('\n')).not.toContain('force=true');
});

test('an open one that has it already is left alone', () => {
  const { status, said, asked } = propose({ pulls: [open], branch: true, content: SETTINGS });
  expect([status, said]).toEqual([0, 'The pull request 7 has it already.\n']);
  expect(writes(asked)).toEqual([]);
});

test('the branch of one that was merged begins again at main', () => {
  const merged = { ...open, state: 'closed', merged_at: '2026-11-01T00:00:00Z' };
  const { status, asked } = propose({ pulls: [merged], branch: true, content: OLD });
  expect(status).toBe(0);
  expect(asked.join('\n')).toContain(`sha=${'a'.repeat(40)} --field force=true`);
});

test('one that a person closed is not opened again, until there is something newer', () => {
  const closed = { ...open, title: 'Security: Mastodon 4.7.7', state: 'closed' };
  const hub = { pulls: [closed], branch: true, content: OLD };
  const { status, said, asked } = propose(hub);
  expect(status).toBe(0);
  expect(said).toContain('was closed without a merge');
  expect(writes(asked)).toEqual([]);
  expect(propose(hub, { title: 'Mastodon 4.7.8', security: false, newest: '4.7.8' }).said).toContain(
    'proposes it',
  );
});

test('a release that fixes no security problem gets no label, and rebuilt images no rehearsal', () => {
  const env = { REHEARSE: 'yes' };
  const plain = propose(nothing, { title: 'Mastodon 4.7.7', security: false, newest: '4.7.7' }, env);
  expect(plain.asked.join('\n')).not.toContain('labels');
  expect(plain.asked.join('\n')).toContain(
    `workflow run rehearsal.yml --ref deployed --field version=4.7.7 --field commit=${'c'.repeat(40)}`,
  );
  const rebuilt = { title: 'Rebuilt images of Mastodon 4.7.6', security: false, newest: null };
  expect(propose(nothing, rebuilt, env).asked.join('\n')).not.toContain('rehearsal');
});

test.each([
  [
    'a silent GitHub is not taken for one without the branch',
    'git/ref/heads',
    'Server Error (HTTP 502)',
    'does not say where the branch is',
  ],
  [
    'a repository that lets no workflow open one says where that is set',
    'api repos/a/b/pulls --raw-field',
    'Forbidden (HTTP 403)',
    'Allow GitHub Actions to create',
  ],
])('%s', (_, part, answer, said) => {
  expect(propose({ ...nothing, refuses: [part, answer] })).toMatchObject({
    status: 1,
    said: expect.stringContaining(said) as string,
  });
});

test('a title or a version that bin/mastodon never prints is refused, before anything is asked', () => {
  for (const found of [
    { title: 'x\ny', newest: null },
    { title: '$(id)', newest: null },
    { title: 'x', newest: '4.7.7 --force' },
  ])
    expect(propose(nothing, found)).toMatchObject({ status: 1, asked: [] });
});
