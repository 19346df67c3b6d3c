/** Which backup is made when. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BACKUP = join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/backup');
const DAY = 24 * 3600;

/** Runs the machine's own script with a pgBackRest that only notes what it was asked for. @returns the types, in turn */
function backups({ fullIsOld, failing }: { fullIsOld: number; failing?: string }): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'backup-'));
  const stop = Math.floor(Date.now() / 1000) - fullIsOld;
  const info = JSON.stringify([{ backup: [{ type: 'full', timestamp: { stop } }] }]);
  const program = join(folder, 'pgbackrest');
  writeFileSync(join(folder, 'types'), '');
  writeFileSync(
    program,
    `#!/bin/bash
case "$*" in
*info) echo '${info}' ;;
*backup) type=\${2#--type=} && echo "$type" >>'${folder}/types' && [[ $type != '${failing ?? ''}' ]] ;;
esac
`,
  );
  chmodSync(program, 0o755);
  execFileSync('bash', [BACKUP], { env: { ...process.env, PATH: `${folder}:${process.env.PATH ?? ''}` } });
  const types = readFileSync(join(folder, 'types'), 'utf8').split('\n').filter(Boolean);
  rmSync(folder, { recursive: true });
  return types;
}

test('a backup is a differential one for a week after a full one', () => {
  expect(backups({ fullIsOld: 2 * DAY })).toEqual(['diff']);
  expect(backups({ fullIsOld: 7 * DAY })).toEqual(['full']);
});

test('a differential backup that fails is followed by a full one', () => {
  expect(backups({ fullIsOld: 2 * DAY, failing: 'diff' })).toEqual(['diff', 'full']);
});
