/** The copies of Redis in the backup bucket, which is a folder here. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPT = readFileSync(
  join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/redis-snapshot'),
  'utf8',
);
const SBIN = join(__dirname, '../../cloud-init/handover/usr/local/sbin');
const LEASE = { domain: 'toot.example', machine: 'one', id: 'a1' };
const folder = mkdtempSync(join(tmpdir(), 'redis-snapshot-'));
const bucket = join(folder, 'bucket');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A snapshot under this term, beside what is in the bucket. */
function snapshot(term: number, kept: readonly string[], { mayDelete = true, mayList = true } = {}) {
  rmSync(bucket, { recursive: true, force: true });
  mkdirSync(bucket);
  for (const name of kept) writeFileSync(join(bucket, name), '');
  writeFileSync(join(folder, 'lease.json'), JSON.stringify({ ...LEASE, term }));
  const script = SCRIPT.replaceAll(/^source .*$/gm, '')
    .replaceAll('/usr/local/sbin', SBIN)
    .replace(
      'umask 077',
      `state=${folder} rclone_conf=conf
    cipher() { cat; }
    redis-cli() { echo jobs >"$2"; }
    redis-check-rdb() { :; }
    rclone() {
      case $3 in
      copyto) cp "$4" "${bucket}/\${5#backups:redis/}" ;;
      lsf) ls ${bucket}; ${mayList ? ':' : 'return 1'} ;;
      deletefile) ${mayDelete ? `rm "${bucket}/\${4#backups:redis/}"` : 'return 1'} ;;
      esac
    }
    umask 077`,
    );
  const { status, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  return { status, stderr, left: readdirSync(bucket).sort() };
}

const named = (...terms: readonly number[]) =>
  terms.map((term) => `${String(term).padStart(8, '0')}.rdb.gpg`);

test('two of former terms stay beside that of this one; older ones go', () => {
  expect(snapshot(7, named(1, 2, 4, 5, 6)).left).toEqual(named(5, 6, 7));
  expect(snapshot(7, named(5, 7)).left).toEqual(named(5, 7));
  expect(snapshot(1, []).left).toEqual(named(1));
});

test('nothing of a later term goes, nor what is no snapshot', () => {
  expect(snapshot(4, [...named(1, 2, 3, 8, 9), 'note.txt']).left).toEqual([
    ...named(2, 3, 4, 8, 9),
    'note.txt',
  ]);
});

test('a credential that may not delete does not fail the snapshot', () => {
  const { status, stderr, left } = snapshot(7, named(1, 2, 3), { mayDelete: false });
  expect(status).toBe(0);
  expect(left).toEqual(named(1, 2, 3, 7));
  expect(stderr).toContain('redis/00000001.rdb.gpg of the backup bucket could not be deleted');
});

test('a list that breaks off deletes nothing, and does not fail the snapshot', () => {
  const { status, stderr, left } = snapshot(7, named(1, 2, 3), { mayList: false });
  expect(status).toBe(0);
  expect(left).toEqual(named(1, 2, 3, 7));
  expect(stderr).toContain('which old snapshots can go is unknown');
});
