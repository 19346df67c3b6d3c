import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

test('docs/nightly.md has a place for the result of each file of make nightly', () => {
  const page = readFileSync(join(__dirname, '../../docs/nightly.md'), 'utf8');
  const names = readdirSync(join(__dirname, '../nightly')).flatMap(
    (file) => /^(.+)\.test\.ts$/.exec(file)?.[1] ?? [],
  );
  expect(names.length).toBeGreaterThan(5);
  expect(
    names.filter(
      (name) => !page.includes(`<!-- ${name}: begin -->`) || !page.includes(`<!-- ${name}: end -->`),
    ),
  ).toEqual([]);
});
