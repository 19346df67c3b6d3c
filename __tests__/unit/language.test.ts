/** The check of the language that `make lint` runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allRules, findingsIn, glossaryRules, ourFiles } from '../../.ci/language/check';
import { proseOf } from '../../.ci/language/comments';

const rules = [{ pattern: 'anew|of before', instead: 'again' }];
const placesIn = (path: string, text: string) =>
  findingsIn(path, text, rules).map((finding) => finding.split(': ')[0]);

test.each([
  ['a.ts', "const word = 'anew // anew';\n/** Made anew. */\nfoo(); // anew\n", ['a.ts:2', 'a.ts:3']],
  ['a.py', 'word = "anew"\n"""Made\nanew."""\n# anew\n', ['a.py:3', 'a.py:4']],
  ['a.rb', "puts 'anew'\n  # anew\n", ['a.rb:2']],
  ['a.sh', '#!/bin/bash anew\necho anew # anew\n', ['a.sh:2']],
  ['a.service', '[Unit]\n# anew\nDescription=anew\n', ['a.service:2']],
  ['a.md', 'anew `anew` [anew](anew)\n```sh\nanew\n```\n', ['a.md:1', 'a.md:1']],
])('%s: words are found in prose, and not in code', (path, text, places) => {
  expect(placesIn(path, text)).toEqual(places);
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
  'The word is none.',
  'The fault is mended.',
  'the state of then',
  'Nobody reads it.',
  'It tells how.',
  'The file lies in a folder.',
  'The run goes on.',
])('the rules of this project refuse "%s"', (sentence) => {
  expect(findingsIn('a.md', sentence, allRules())).toHaveLength(1);
});

test('comments of each language are read in this repository', () => {
  const read = (path: string) => readFileSync(join(__dirname, '..', '..', path), 'utf8');
  for (const end of ['.ts', '.py', '.rb', '.sh', '.service', '.md']) {
    const files = ourFiles().filter((path) => path.endsWith(end));
    expect(files.slice(0, 5).flatMap((path) => proseOf(path, read(path))).length).toBeGreaterThan(0);
  }
});
