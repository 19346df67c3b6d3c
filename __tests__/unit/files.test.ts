/** Files of the machine are whole or not there at all, also when the power fails: one helper places and removes them. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const cloudInit = join(__dirname, '../../cloud-init');
const FILES = join(cloudInit, 'root/usr/local/lib/mastodon/files.sh');
const folder = mkdtempSync(join(tmpdir(), 'files-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the helper, and gives what was asked of the disk, in that order. */
function run(script: string) {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const name of ['sync', 'mv', 'rm']) {
    writeFileSync(
      join(bin, name),
      `#!/bin/bash\necho "${name} $*" >>${folder}/log\nexec /bin/${name} "$@"\n`,
    );
    chmodSync(join(bin, name), 0o755);
  }
  rmSync(join(folder, 'log'), { force: true });
  const { status, stderr } = spawnSync('bash', ['-euc', `source ${FILES}; cd ${folder}; ${script}`], {
    env: { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return readFileSync(join(folder, 'log'), 'utf8').replaceAll(folder, '').trim().split('\n');
}

test('a new content is on the disk before its name is, and the name before anything continues', () => {
  expect(run(`echo new | put ${folder}/file`)).toEqual(['sync /.file.new', 'mv /.file.new /file', 'sync']);
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('new\n');
  expect(statSync(join(folder, 'file')).mode & 0o777).toBe(0o644);
  run(`put ${folder}/file 600 <<<other`);
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('other\n');
  expect(statSync(join(folder, 'file')).mode & 0o777).toBe(0o600);
});

test('a folder is on the disk with all that is in it', () => {
  expect(run(`mkdir ${folder}/new; into_place ${folder}/new ${folder}/tree`)).toEqual([
    'sync --file-system /new',
    'mv /new /tree',
    'sync',
  ]);
});

test('what is dropped does not come back', () => {
  expect(run(`touch ${folder}/a; drop ${folder}/a ${folder}/missing`)).toEqual([
    'rm -f -- /a /missing',
    'sync',
  ]);
  expect(existsSync(join(folder, 'a'))).toBe(false);
});

/** Every file of the machine that a shell reads. */
const scripts = readdirSync(cloudInit, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({ path: path.slice(cloudInit.length + 1), text: readFileSync(path, 'utf8') }))
  .filter(({ text }) => /^#!.*\bbash|^# shellcheck shell=bash/.test(text));

/** Whose lines rename without the helper, and why that is well. */
const RENAMES = {
  'root/usr/local/lib/mastodon/files.sh': 'the helper',
  'handover/usr/local/lib/mastodon/restore-redis': 'syncs everything before Redis starts',
};

test('nothing is renamed into its place without the helper, but where it is named here why', () => {
  expect(scripts.length).toBeGreaterThan(50);
  const renaming = scripts.filter(({ text }) => /^[^#\n]*\bmv\s/m.test(text)).map(({ path }) => path);
  expect(renaming.sort()).toEqual(Object.keys(RENAMES).sort());
});

test('the state that decides what a boot does is written and removed by the helper alone', () => {
  const decisive = String.raw`"?\$(?:request|pending|upgraded|report|state\/(?:restore-request|restore-pending|upgrade\.json))"?`;
  const bypass = new RegExp(
    String.raw`^[^#\n]*(?:\brm (?:-f )?${decisive}|\bcp \S+ ${decisive}|[^<]>>?${decisive}|sed --in-place \S+ ${decisive})`,
    'gm',
  );
  const found = scripts.flatMap(({ path, text }) =>
    (text.match(bypass) ?? []).map((line) => `${path}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
