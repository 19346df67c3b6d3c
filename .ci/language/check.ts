/** `make lint`: the language of comments and documentation, by rules.yaml and docs/glossary.md. */
import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { proseOf } from './comments';

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
  /\.(png|svg|json|sum|pub|csv)$/,
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
  return proseOf(path, text).flatMap(({ line, text: prose }) =>
    rules.flatMap(({ pattern, instead }) =>
      [
        ...prose.matchAll(
          new RegExp(`(?<![\\w-])(?:${pattern.replaceAll(' ', '\\s+(?:[*#/]+\\s+)*')})(?![\\w-])`, 'gi'),
        ),
      ].map((match) => {
        const at = line + prose.slice(0, match.index).split('\n').length - 1;
        return `${path}:${String(at)}: "${match[0].replaceAll(/\s+/g, ' ')}": use ${instead}`;
      }),
    ),
  );
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
  const findings = ourFiles().flatMap((path) => findingsIn(path, read(path), rules));
  for (const finding of findings) console.error(finding);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
