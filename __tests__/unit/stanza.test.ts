/** pgBackRest's stanza is made while PostgreSQL tries to send its log already. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const DATABASE = join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/database.sh');

/** Runs the machine's own function with a pgBackRest that ends with these statuses, one after the other, and the last one for ever. */
function create(...statuses: readonly number[]) {
  const script = `
    pg_lsclusters() { :; }
    source '${DATABASE}'
    statuses=(${statuses.join(' ')})
    sleep() { ((slept += $1)); statuses=("\${statuses[@]:1}"); [[ \${statuses[*]} ]] || statuses=(${String(statuses.at(-1))}); }
    backrest() { echo "unable to acquire lock on file"; return "\${statuses[0]}"; }
    create_stanza && status=$? || status=$?
    echo "$status after $((slept)) s"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  return { stdout: stdout.trim(), stderr: stderr.trim() };
}

test('the lock that archive-push holds is waited for', () => {
  expect(create(50, 50, 0)).toEqual({ stdout: '0 after 2 s', stderr: '' });
});

test('a lock that is never let go, and any other error, ends it with what pgBackRest says', () => {
  const said = 'unable to acquire lock on file';
  expect(create(50)).toEqual({
    stdout: '50 after 60 s',
    stderr: `pgBackRest could not create its stanza, in 60 attempts: ${said}`,
  });
  expect(create(49)).toEqual({
    stdout: '49 after 0 s',
    stderr: `pgBackRest could not create its stanza, in 1 attempts: ${said}`,
  });
});
