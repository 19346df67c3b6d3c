/** Which backup is made when. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const BACKUP = join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/backup');
const DAY = 24 * 3600;
const LABEL = '20261101-030000F';

interface Past {
  /** Seconds since the last full backup; without one there is none. */
  readonly fullIsOld?: number;
  readonly failing?: string;
  /** Whether the last full backup has page checksums, by pgBackRest's backup.info. */
  readonly checked?: boolean;
  /** Whether the cluster has them. */
  readonly checksums?: boolean;
  /** Seconds since a proof failed. */
  readonly disproven?: number;
  /** Whether pages of the new backup are broken. */
  readonly broken?: boolean;
}

/** Runs the machine's own script with a pgBackRest that only notes what it was asked for. */
function run({ fullIsOld, failing = '', checked, checksums = true, disproven, broken = false }: Past) {
  const folder = mkdtempSync(join(tmpdir(), 'backup-'));
  const seconds = (ago: number) => Math.floor(Date.now() / 1000) - ago;
  const before =
    fullIsOld === undefined ? [] : [{ label: LABEL, type: 'full', timestamp: { stop: seconds(fullIsOld) } }];
  const after = [
    ...before,
    { label: 'the-new-one', type: 'diff', timestamp: { stop: seconds(0) }, error: broken },
  ];
  const put = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    chmodSync(join(folder, name), 0o755);
  };
  put('types', '');
  put('before', JSON.stringify([{ backup: before }]));
  put('after', JSON.stringify([{ backup: after }]));
  const options = checked === undefined ? {} : { 'option-checksum-page': checked };
  put('backup.info', `[backup:current]\n${LABEL}=${JSON.stringify(options)}\n`);
  put('proof.json', JSON.stringify(disproven === undefined ? { passed: true, at: seconds(0) } : { passed: false, at: seconds(disproven) })); // prettier-ignore
  put(
    'pgbackrest',
    `#!/bin/bash
case "$*" in
*repo-get*) cat '${folder}/backup.info' ;;
*info) if [[ -s ${folder}/types ]]; then cat '${folder}/after'; else cat '${folder}/before'; fi ;;
*backup) [[ $* != *' --no-expire-auto '* ]] || echo yes >'${folder}/kept'
  type=\${2#--type=} && echo "$type" >>'${folder}/types' && [[ $type != '${failing}' ]] ;;
esac
`,
  );
  put('pg_lsclusters', `#!/bin/bash\necho '16 main 5432 online postgres /var/lib /var/log'\n`);
  put(
    'pg_controldata',
    `#!/bin/bash\necho 'Data page checksum version:           ${checksums ? '1' : '0'}'\n`,
  );
  const text = readFileSync(BACKUP, 'utf8')
    .replace('f"/usr/lib/postgresql/{version}/bin/pg_controldata"', `"${folder}/pg_controldata"`)
    .replace('/var/lib/mastodon/proof.json', `${folder}/proof.json`);
  put('backup', text);
  const { status, stdout, stderr } = spawnSync(join(folder, 'backup'), {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` },
  });
  const kept = existsSync(join(folder, 'kept'));
  const types = readFileSync(join(folder, 'types'), 'utf8').split('\n').filter(Boolean);
  rmSync(folder, { recursive: true });
  return { status, types, kept, said: stdout + stderr };
}

/** @returns the types, in turn */
const backups = (past: Past) => run(past).types;

test('a backup is a differential one for a week after a full one', () => {
  expect(backups({ fullIsOld: 2 * DAY })).toEqual(['diff']);
  expect(backups({ fullIsOld: 7 * DAY })).toEqual(['full']);
  expect(backups({})).toEqual(['full']);
});

test('a differential backup that fails is followed by a full one', () => {
  expect(backups({ fullIsOld: 2 * DAY, failing: 'diff' })).toEqual(['diff', 'full']);
});

test('a proof that failed since the last full backup makes the next one a full one', () => {
  expect(backups({ fullIsOld: 2 * DAY, disproven: DAY })).toEqual(['full']);
  expect(backups({ fullIsOld: 2 * DAY, disproven: 3 * DAY })).toEqual(['diff']);
});

test('no old backup goes as long as the last proof failed, since the new ones may be as broken', () => {
  for (const fullIsOld of [2 * DAY, 8 * DAY]) {
    const { kept, said } = run({ fullIsOld, disproven: DAY });
    expect(kept).toBe(true);
    expect(said).toContain('no old backup is removed until a proof passes');
    expect(run({ fullIsOld })).toMatchObject({ kept: false, said: expect.not.stringContaining('proof') as string }); // prettier-ignore
  }
});

test('the first backup with data checksums, or without them again, is a full one: pgBackRest takes over the setting of the one before', () => {
  const { types, said } = run({ fullIsOld: DAY, checked: false, checksums: true });
  expect(types).toEqual(['full']);
  expect(said).toContain('the data checksums were enabled or disabled since the last full backup');
  expect(backups({ fullIsOld: DAY, checked: true, checksums: false })).toEqual(['full']);
  for (const same of [true, false])
    expect(backups({ fullIsOld: DAY, checked: same, checksums: same })).toEqual(['diff']);
});

test('a full backup that fails fails', () => {
  expect(run({ fullIsOld: 8 * DAY, failing: 'full' })).toMatchObject({ status: 1, types: ['full'] });
  expect(run({ fullIsOld: DAY }).status).toBe(0);
});

test('a backup with broken pages fails, though pgBackRest only warns, and is not made a second time', () => {
  const { status, types, said } = run({ fullIsOld: DAY, broken: true });
  expect([status, types]).toEqual([1, ['diff']]);
  expect(said).toContain('pages of the database have wrong checksums');
  expect(said).toContain('the-new-one has them, too, and is never restored. See docs/runbooks.md');
});
