/** `make lint`: the language of comments, documentation, messages and titles of tests, by rules.yaml and docs/glossary.md. */
import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { recordedRuns, type Run } from '../../__tests__/support/suite/run';
import { proseOf, withoutCode } from './comments';
import { messagesOf } from './messages';

/** A construction to avoid. `pattern` is a regular expression, `instead` the advice in the message. */
export interface Rule {
  readonly pattern: string;
  readonly instead: string;
}

const checkout = join(__dirname, '..', '..');
const read = (path: string) => readFileSync(join(checkout, path), 'utf8');

/** Written by others, recorded, or generated from comments that are checked themselves. CHANGELOG.md is a record, too. */
const NOT_OURS = [
  /^sdks\//,
  /^docs\/testing/,
  /^docs\/(benchmarks|changes|commands|components|faults|nightly|outputs|settings)\.md$/,
  /^docs\/commands\//,
  /^(CHANGELOG\.md|LICENSE)$/,
  /lock\.json$/,
  /^(?!monitoring\/).*\.json$/,
  /\.(png|svg|sum|pub|csv)$/,
];
/** They name the words. */
const RULE_FILES = ['docs/glossary.md', '.ci/language/rules.yaml'];

/** The words of the glossary's last column, each with its term. */
export function glossaryRules(glossary: string): readonly Rule[] {
  return [...glossary.matchAll(/^\| ([\w-][^|]*?) +\|[^|]*\|([^|]*)\|$/gm)].flatMap(
    ([, term = '', others = '']) =>
      [...others.matchAll(/"([^"]+)"/g)].map(([, pattern = '']) => ({ pattern, instead: term })),
  );
}

export const allRules = (): readonly Rule[] => [
  ...(parse(read('.ci/language/rules.yaml')) as Rule[]),
  ...glossaryRules(read('docs/glossary.md')),
];

/** What the rules find in a file, a line each: `path:line: "words": use …`. */
export function findingsIn(path: string, text: string, rules: readonly Rule[]): readonly string[] {
  const messages = messagesOf(path, text).map((one) => ({ ...one, text: withoutCode(one.text) }));
  return [...proseOf(path, text), ...messages].flatMap((prose) =>
    wordsIn(prose.text, rules).map(({ line, found }) => `${path}:${String(prose.line + line)}: ${found}`),
  );
}

/** Titles of tests that come from a table in their source, or from pytest: as the recorded suite has them. */
export function findingsInTitles({ files }: Pick<Run, 'files'>, rules: readonly Rule[]): readonly string[] {
  return files.flatMap(({ file, titles }) =>
    titles.flatMap((title) =>
      wordsIn(withoutCode(title), rules).map(({ found }) => `${file}, test "${title}": ${found}`),
    ),
  );
}

/** What the rules find in a text, with the number of line breaks before it. */
function wordsIn(text: string, rules: readonly Rule[]): { line: number; found: string }[] {
  return rules.flatMap(({ pattern, instead }) => {
    const words = pattern.replaceAll(' ', '\\s+(?:[*#/]+\\s+)*');
    const matches = text.matchAll(new RegExp(`(?<![\\w/-])(?:${words})(?![\\w-])`, 'gi'));
    return [...matches].map(({ 0: match, index }) => ({
      line: text.slice(0, index).split('\n').length - 1,
      found: `"${match.replaceAll(/\s+/g, ' ')}": use ${instead}`,
    }));
  });
}

/** The files of the checkout that are ours, those that git doesn't know yet included. */
export function ourFiles(): readonly string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: checkout,
    encoding: 'utf8',
  });
  return [...new Set(list.split('\0'))].filter(
    (path) =>
      path !== '' &&
      !RULE_FILES.includes(path) &&
      !NOT_OURS.some((pattern) => pattern.test(path)) &&
      lstatSync(join(checkout, path), { throwIfNoEntry: false })?.isFile(),
  );
}

if (require.main === module) {
  const rules = allRules();
  const { now } = recordedRuns();
  const findings = [
    ...ourFiles().flatMap((path) => findingsIn(path, read(path), rules)),
    ...(now ? findingsInTitles(now, rules) : []),
  ];
  for (const finding of findings) console.error(finding);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
