/** The check of the language that `make lint` runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allRules, findingsIn, findingsInTitles, glossaryRules, ourFiles } from '../../.ci/language/check';
import { proseOf } from '../../.ci/language/comments';

const rules = [{ pattern: 'anew|of before', instead: 'again' }];
const placesIn = (path: string, text: string) =>
  findingsIn(path, text, rules).map((finding) => finding.split(': ')[0]);

test.each([
  ['a.ts', "const word = '//anew';\n/** Made anew. */\nfoo(); // anew\n", ['a.ts:2', 'a.ts:3']],
  ['a.py', 'word = "anew"\n"""Made\nanew."""\n# anew\n', ['a.py:3', 'a.py:4']],
  ['a.rb', "puts 'anew'\n  # anew\n", ['a.rb:2']],
  ['a.sh', '#!/bin/bash anew\necho anew # anew\n', ['a.sh:2']],
  ['a.service', '[Unit]\n# anew\nExecStart=make anew\n', ['a.service:2']],
  ['a.md', 'anew `anew` [anew](anew)\n```sh\nanew\n```\n', ['a.md:1', 'a.md:1']],
])('%s: words are found in prose, and not in code', (path, text, places) => {
  expect(placesIn(path, text)).toEqual(places);
});

test.each([
  [
    'a.ts',
    "const key = 'anew';\nthrow new Error('made anew');\nsay(`${of} before, made ${anew} anew`);\n",
    [2, 3],
  ],
  ['a.ts', "const words = { 'made anew': 1 };\nimport { x } from './anew';\n", []],
  ['a.ts', 'say(`run \\`make anew\\` or bin/mastodon anew --now`);\n', []],
  [
    'a.test.ts',
    "expect('made anew');\ntest('is made anew', f);\ntest.each(a)('%s made anew', f);\nthrow new Error('made anew');\n",
    [2, 3, 4],
  ],
  ['a.py', "# it's\nraise Failure(f'{x} is made anew')\nkey = \"anew\"\n", [2]],
  ['a_test.py', 'assert "made anew"\ndef test_it_is_made_anew() -> None:\n', [2]],
  ['a.rb', '# it\'s\nraise "made #{x} anew"\n', [2]],
  ['a.sh', 'fail "it is $x, made anew"\nanew=1\nrun() {\n\techo \'made anew\'\n}\n', [1, 4]],
  ['a.sh', 'cat <<END\nmade\nmade anew\nEND\n', [3]],
  ['a.go', 'fmt.Print("made anew", `anew`)\n', [1]],
  ['a.yaml', 'made anew: x\nsummary: it is made anew\n', [2]],
  ['a.html', '<p class="made anew">\nmade anew</p>\n', [2]],
  ['a.service', '[Unit]\nDescription=Made anew\n', [2]],
])('%s: words are found in messages and titles, and not in names', (path, text, lines) => {
  expect(placesIn(path, text)).toEqual(lines.map((line) => `${path}:${String(line)}`));
});

test('words are found in the titles of the recorded suite', () => {
  const run = {
    files: [{ file: 'unit/a', seconds: 1, titles: ['is made [anew]', 'docs/anew.md is right'] }],
  };
  expect(findingsInTitles(run, rules)).toEqual(['unit/a, test "is made [anew]": "anew": use again']);
});

test('a construction is found across the end of a line, as a whole word, and in any case', () => {
  expect(placesIn('a.ts', '/**\n * The state of\n * before.\n */\n')).toEqual(['a.ts:2']);
  expect(placesIn('a.md', 'Anew. Renew, canew.\n')).toEqual(['a.md:1']);
});

test('a finding names the words and the advice', () => {
  expect(findingsIn('a.md', 'It is made anew.\n', rules)).toEqual(['a.md:1: "anew": use again']);
});

test("the glossary's last column is refused in favour of its first", () => {
  expect(glossaryRules('| WAL | the log | "redo log", "archive log" |\n')).toEqual([
    { pattern: 'redo log', instead: 'WAL' },
    { pattern: 'archive log', instead: 'WAL' },
  ]);
  const glossary = readFileSync(join(__dirname, '..', '..', 'docs', 'glossary.md'), 'utf8');
  expect(glossaryRules(glossary).length).toBeGreaterThanOrEqual(20);
});

test.each([
  ['a pronoun as a predicate', 'The word is none.'],
  ['an old verb', 'The fault is mended.'],
  ['a time by a pronoun', 'the state of then'],
  ['a pronoun for an actor', 'Nobody reads it.'],
  ['speech of things', 'It tells how.'],
  ['posture of things', 'The file lies in a folder.'],
  ['a motion', 'The run goes on.'],
])('the rules of this project refuse %s', (_, sentence) => {
  expect(findingsIn('a.md', sentence, allRules())).toHaveLength(1);
});

test('comments of each language are read in this repository', () => {
  const read = (path: string) => readFileSync(join(__dirname, '..', '..', path), 'utf8');
  for (const end of ['.ts', '.py', '.rb', '.sh', '.service', '.md']) {
    const files = ourFiles().filter((path) => path.endsWith(end));
    expect(files.slice(0, 5).flatMap((path) => proseOf(path, read(path))).length).toBeGreaterThan(0);
  }
});
