/** Media that no record names: removed only after a look, never most of the bucket, and not while a state that names them can come back. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/orphans');
const DAY = 24 * 3600;
const now = Math.floor(Date.now() / 1000);
let folder: string;

const script = (name: string, body: string) => {
  writeFileSync(join(folder, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
};
const has = (file: string) => existsSync(join(folder, file));
const read = (file: string) => (has(file) ? readFileSync(join(folder, file), 'utf8') : '');

/** A server with so many files in its bucket, and what tootctl prints about it. */
function server({ orphans = 0, objects = 100, says = '' }): void {
  script(
    'in-mastodon',
    `echo "$*" >>${folder}/ran
     echo 'Found and removed orphan: media_attachments/files/1/original/Removed 0 orphans (approx. 0).png'
     ${says ? `echo '${says}'` : ''}
     echo 'Removed ${String(orphans)} orphans (approx. 3 KB)'
     echo 'Time: 00:00:00' >&2`,
  );
  script('alert', `echo "$*" >>${folder}/alerts`);
  script('rclone', `echo '{"count":${String(objects)},"bytes":1}'`);
}

function run(...args: string[]): { code: number | null; said: string } {
  const options = {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${process.env.PATH ?? ''}` },
  } as const;
  const done = spawnSync(program, ['--state', folder, '--tools', folder, ...args], options);
  return { code: done.status, said: done.stdout + done.stderr };
}
const remove = (restored = 0) => run('remove', String(restored), '28');
const deleted = () =>
  read('ran')
    .split('\n')
    .filter(Boolean)
    .some((line) => !line.includes('--dry-run'));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orphans-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a few are removed, after a dry run', () => {
  server({ orphans: 20 });
  expect(remove()).toEqual({ code: 0, said: 'removed 20 orphans\n' });
  expect(read('ran')).toBe('tootctl media remove-orphans --dry-run\ntootctl media remove-orphans\n');
  expect(read('alerts')).toBe('clear media-orphans\n');
});

test('without any nothing is deleted', () => {
  server({ orphans: 0 });
  expect(remove()).toEqual({ code: 0, said: 'no orphans\n' });
  expect(deleted()).toBe(false);
});

test.each([
  [21, 100, 'more than a fifth'],
  [11, 0, 'a bucket that seems empty'],
])('%i of %i are kept, with an alert: %s', (orphans, objects) => {
  server({ orphans, objects });
  const { code, said } = remove();
  expect([code, deleted()]).toEqual([0, false]);
  expect(said).toContain(`${String(orphans)} of ${String(objects)} files`);
  expect(read('alerts')).toMatch(/^raise media-orphans .*Nothing was deleted/);
});

test('a server of a few files is not alarmed', () => {
  server({ orphans: 10, objects: 12 });
  expect(remove().said).toBe('removed 10 orphans\n');
});

test('a store that stops answering is a failure, and nothing is deleted', () => {
  server({ orphans: 3, says: 'Error fetching list of files: 503 SlowDown' });
  const { code, said } = remove();
  expect([code, deleted()]).toEqual([1, false]);
  expect(said).toContain('could not be read to its end: Error fetching list of files: 503 SlowDown');
});

test('output without a number is a failure, and nothing is deleted', () => {
  server({});
  script('in-mastodon', `echo "$*" >>${folder}/ran; echo 'something else'`);
  expect(remove().said).toContain('did not say how many');
  script('in-mastodon', 'echo no such container >&2; exit 125');
  const { code, said } = remove();
  expect([code, said]).toEqual([1, expect.stringContaining('no such container')]);
});

test('after a restore they stay for as long as it could be undone', () => {
  server({ orphans: 1 });
  expect(remove(now - 27 * DAY).said).toMatch(/^orphans stay: the database was restored on/);
  expect(has('ran')).toBe(false);
  expect(remove(now - 29 * DAY).said).toBe('removed 1 orphans\n');
});

test('a mark keeps them until it expires, and a later one never shortens it', () => {
  server({ orphans: 1 });
  expect(run('keep', '60', 'media were imported').code).toBe(0);
  const mark = read('keep-orphans');
  expect(run('keep', '28', 'a database was imported').code).toBe(0);
  expect(read('keep-orphans')).toBe(mark);
  expect(remove().said).toMatch(/^orphans stay: media were imported; until \d{4}-/);
  writeFileSync(join(folder, 'keep-orphans'), JSON.stringify({ until: now - 1, reason: 'over' }));
  expect(remove().said).toBe('removed 1 orphans\n');
});

test('a mark that can’t be read keeps everything', () => {
  server({ orphans: 1 });
  writeFileSync(join(folder, 'keep-orphans'), '{');
  expect(remove().said).toContain("keep-orphans can't be read; remove it to continue");
  expect(has('ran')).toBe(false);
});
