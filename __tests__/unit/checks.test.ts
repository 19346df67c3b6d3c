/** What the watch says of what it sees: the machine's own checks, with programs that show them one state or another. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const lib = join(__dirname, '..', '..', 'cloud-init/handover/usr/local/lib/mastodon');
const NOW = 1_800_000_000;

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'checks-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What a check says: its judgements by name, and its figures. `programs` stand before those of this computer. */
function look(check: string, programs: Readonly<Record<string, string>>) {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/bash\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const script = `
    set -euo pipefail
    source <(sed 's|/usr/local/lib/mastodon|${lib}|; s|/etc/mastodon|${folder}|' ${lib}/checks.sh)
    state=${folder} web_domain=toot.example now=${String(NOW)}
    exec 7>${folder}/figures
    judge() { jq --null-input --compact-output '$ARGS.positional' --args -- "$@"; }
    look ${check}
    exit "$looked"`;
  const said = execFileSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  });
  const judged = said.trim().split('\n').map((line) => JSON.parse(line) as string[]); // prettier-ignore
  return Object.fromEntries(judged.map(([name = '', fact, problem]) => [name, { fact, problem }]));
}

describe('failed jobs', () => {
  const mail = (error_class: string, error_message: string, minutesAgo = 5) => ({
    class: 'ActiveJob::QueueAdapters::SidekiqAdapter::JobWrapper',
    wrapped: 'ActionMailer::MailDeliveryJob',
    queue: 'mailers',
    ...{ error_class, error_message },
    failed_at: NOW - 100_000,
    retried_at: NOW - 60 * minutesAgo + 0.25,
  });
  const job = (name: string, queue: string) => ({
    class: name,
    queue,
    ...{ error_class: 'NoMethodError', error_message: `undefined method 'x'` },
    failed_at: (NOW - 60) * 1000,
  });
  const failures = (jobs: readonly object[]) => {
    writeFileSync(join(folder, 'retry'), jobs.map((one) => `${JSON.stringify(one)}\n`).join(''));
    return look('failures', { 'redis-cli': `[[ $* == 'zrange retry 0 4999' ]] && cat ${folder}/retry` });
  };

  test('are none', () => {
    expect(failures([])).toEqual({
      mail: { fact: 'messages that wait to be sent again: 0', problem: '' },
      'failed-jobs': { fact: 'jobs of one kind that wait to be tried again: at most 0', problem: '' },
    });
  });

  test('of mail are told at once, with what the relay said, where the relay takes nobody’s', () => {
    const { mail: said } = failures([mail('Net::SMTPAuthenticationError', '535 5.7.8\nwrong password')]);
    expect(said?.problem).toMatch(
      /messages that wait: 1\..* Net::SMTPAuthenticationError: 535 5\.7\.8 wrong password\. /,
    );
  });

  test('of mail are no news where the relay refuses an address or two', () => {
    const refused = mail('Net::SMTPFatalError', '550 5.1.1 no such user');
    expect(failures([refused, refused]).mail?.problem).toBe('');
  });

  test('of mail are told where it refuses three', () => {
    const refused = (at: number) => mail('Net::SMTPFatalError', `550 sender refused ${String(at)}`, at);
    const { mail: said } = failures([refused(30), refused(2), refused(20)]);
    expect(said?.problem).toContain('550 sender refused 2.');
  });

  test('of more than a day ago are no news', () => {
    expect(failures([mail('Net::OpenTimeout', 'execution expired', 25 * 60)]).mail?.problem).toBe('');
  });

  test('of a kind are told from the 51st on, in milliseconds too', () => {
    const many = (count: number) => Array.from({ length: count }, () => job('FeedInsertWorker', 'default'));
    expect(failures(many(50))['failed-jobs']?.problem).toBe('');
    rmSync(join(folder, 'bin'), { recursive: true });
    expect(failures(many(51))['failed-jobs']?.problem).toMatch(
      /^51 jobs of FeedInsertWorker .*NoMethodError/,
    );
  });

  test('of what waits for other servers are no news', () => {
    const many = Array.from({ length: 500 }, () => job('ActivityPub::DeliveryWorker', 'push'));
    expect(failures(many)['failed-jobs']?.problem).toBe('');
  });

  test('reach nobody as a command, whatever a relay says', () => {
    const words = '$(touch /tmp/x) `id` "; a[$(id)] \u0007\u2028 ' + 'x'.repeat(2_000);
    const { mail: said } = failures([
      mail('Net::ReadTimeout', words),
      { queue: 'mailers' },
      [1],
      'no JSON {',
    ]);
    expect(said?.problem).toContain('$(touch /tmp/x) `id` "; a[$(id)] ');
    expect(said?.problem?.length).toBeLessThan(700);
  });
});
