/** What converge proves at its end (95-verify), where the machine and the store say otherwise. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const step = readFileSync(join(__dirname, '../../cloud-init/steps/2-handover/95-verify.sh'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'verify-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A run of the whole step. `unsigned`: the answers to a client without a key, one after the other, the last one for ever. */
function run(unsigned: readonly number[], { terminal = false } = {}) {
  for (const name of ['bin', 'alerts']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'alerts', 'backup-age'), 'The newest backup of alice@example.org is old');
  writeFileSync(join(folder, 's3cmd.conf'), 'host_base = store.example.org\n');
  writeFileSync(join(folder, 'answers'), `${unsigned.join('\n')}\n`);
  const script = `set -euo pipefail
    shopt -s nullglob
    state=${folder} scratch=${folder} dry_run= web_domain=toot.example.org media_domain=files.example.org media_bucket=media
    store_proof=()
    fail() { echo "converge: $1" >&2; exit 1; }
    change() { "\${@:2}"; }
    when_changed() { echo "~ $2"; $3; }
    follow() { :; }
    rails_once() { :; }
    sleep() { :; }
    texts_may_be_shown() { ${String(terminal)}; }
    openssl() { echo 0a1b2c3d; }
    s3cmd() { echo "\${@:4}"; }
    curl() {
      case \${*: -1} in
      */health) ;;
      https://files.example.org/*) cat ${folder}/probe ;;
      https://store.example.org/media/backups/probe-0a1b2c3d)
        head -n 1 ${folder}/answers
        (($(wc -l <${folder}/answers) == 1)) || sed -i 1d ${folder}/answers ;;
      *) echo "asked for \${*: -1}" >&2 ;;
      esac
    }
    ${step.replaceAll('/etc/mastodon/s3cmd.conf', join(folder, 's3cmd.conf'))}`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('an archive that can’t be read without a key passes, and its probe is deleted', () => {
  const { status, stdout } = run([403]);
  expect(status).toBe(0);
  expect(stdout).toContain('~ prove that archives need a signature');
  expect(stdout).toMatch(/^put .*\/probe s3:\/\/media\/backups\/probe-0a1b2c3d$/m);
  expect(stdout).toMatch(/^del s3:\/\/media\/backups\/probe-0a1b2c3d$/m);
});

test('a store that obeys its new policy only after a while is waited for', () => {
  expect(run([200, 200, 403]).status).toBe(0);
});

test('an archive that anybody can read ends the run, with what to look at, and its probe is deleted', () => {
  const { status, stdout, stderr } = run([200]);
  expect(status).toBe(1);
  expect(stderr).toContain('the store answered 200 to a request without a key');
  expect(stderr).toContain('info s3://media shows it');
  expect(stdout).toMatch(/^del s3:\/\/media\/backups\/probe-0a1b2c3d$/m);
});

test('what an alert says is for a terminal; the log of a workflow, which may be public, has its name', () => {
  const other = run([403]);
  expect(other.stderr).toContain('alert: backup-age; bin/mastodon status shows its text');
  expect(other.stdout + other.stderr).not.toContain('alice@example.org');
  expect(run([403], { terminal: true }).stderr).toContain(
    'alert: The newest backup of alice@example.org is old',
  );
});

test('logs are printed on a terminal only, or at the first boot', () => {
  const root = join(__dirname, '../../cloud-init');
  // Else each of these would end in what pulumi up prints.
  const steps = readdirSync(join(root, 'steps'), { recursive: true, encoding: 'utf8' }).map(
    (path) => `steps/${path}`,
  );
  const upgrade = 'handover/usr/local/lib/mastodon/mastodonctl/upgrade';
  const printed = [
    'converge',
    ...steps.filter((path) => path.endsWith('.sh')),
    ...readdirSync(join(root, upgrade)).map((name) => `${upgrade}/${name}`),
  ];
  // Shell has it as a word, Python as a string.
  const reading = printed.filter((path) =>
    /^[^#\n'"]*\bjournalctl --|["']journalctl["']/m.test(readFileSync(join(root, path), 'utf8')),
  );
  expect(reading).toEqual(['converge']);
  const onExit = /^on_exit\(\) \{\n.*?^\}/ms.exec(readFileSync(join(root, 'converge'), 'utf8'))?.[0] ?? '';
  const script = (terminal: boolean) => `
    texts_may_be_shown() { ${String(terminal)}; }
    journalctl() { echo 'GET /@alice from 192.0.2.9'; }
    systemctl() { echo 'mastodon-web@1.service loaded failed failed Mastodon'; }
    step=70-mastodon
    ${onExit}
    trap on_exit EXIT
    exit 3`;
  const said = (terminal: boolean) => {
    const { status, stderr, stdout } = spawnSync('bash', ['-c', script(terminal)], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([3, '']);
    return stderr;
  };
  expect(said(false)).toContain('failed in step 70-mastodon (exit status 3)\nmastodon-web@1.service');
  expect(said(false)).not.toContain('alice');
  expect(said(true)).toContain('GET /@alice from 192.0.2.9');
});

test('a store that does not answer proves nothing', () => {
  expect(run([0]).stderr).toContain('the store answered 0');
});
