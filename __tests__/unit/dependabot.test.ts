/** .github/dependabot.yml looks after each dependency that this repository locks. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

const checkout = join(__dirname, '../..');
const KINDS: Readonly<Record<string, RegExp>> = {
  npm: /(^|\/)package-lock\.json$/,
  pip: /(^|\/)requirements\.txt$/,
  gomod: /(^|\/)go\.mod$/,
};

interface Update {
  'package-ecosystem': string;
  directory?: string;
  directories?: string[];
  cooldown?: { 'default-days': number };
  groups?: object;
}
const { updates } = parse(readFileSync(join(checkout, '.github/dependabot.yml'), 'utf8')) as {
  updates: Update[];
};
const foldersOf = (kind: string) =>
  updates
    .filter((one) => one['package-ecosystem'] === kind)
    .flatMap(({ directory, directories = [] }) => (directory === undefined ? directories : [directory]))
    .sort();
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ':!sdks'], {
  cwd: checkout,
  encoding: 'utf8',
}).split('\n');

test.each(Object.entries(KINDS))('each lock file of %s is in it, and no folder without one', (kind, name) => {
  const folders = files
    .filter((file) => name.test(file))
    .map((file) => `/${dirname(file)}`.replace(/\/\.$/, '/'));
  expect(folders).not.toEqual([]);
  expect(foldersOf(kind)).toEqual(folders.sort());
});

test('no lock file is of a kind that it does not know', () => {
  const others = files.filter((file) =>
    /(^|\/)(yarn|pnpm-lock|Gemfile|Cargo|poetry|uv|composer)\b.*lock/.test(file),
  );
  expect(others).toEqual([]);
});

test('actions are looked after where workflows and our own action are', () => {
  expect(foldersOf('github-actions')).toEqual(['/', '/.github/actions/prepare']);
});

test('each update waits a week, and comes with its likes', () => {
  for (const { cooldown, groups } of updates) {
    expect(cooldown).toEqual({ 'default-days': 7 });
    expect(Object.keys(groups ?? {})).toHaveLength(1);
  }
});
