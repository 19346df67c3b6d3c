/** docs/threats.md names a test for each threat and each key, or says why there is none. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(__dirname, '../../docs/threats.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\|[ -]+\|[ -]+\|/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  ) // prettier-ignore
  .filter(([first]) => !['threat', 'key'].includes(first ?? ''));

test('each row is one of two tables', () => {
  expect(rows.filter((row) => row.length === 6).length).toBeGreaterThan(8);
  expect(rows.filter((row) => row.length === 3).length).toBeGreaterThan(20);
});

test.each(rows.map((row) => [row[0] ?? '', row.at(-1) ?? ''] as const))('%s', (_, tried) => {
  const named = [...tried.matchAll(/`((?:unit|engine|machine|nightly)\/[^`]+)`/g)].map(
    ([, file = '']) => file,
  );
  expect(named.filter((file) => !existsSync(join(__dirname, '..', file)))).toEqual([]);
  if (named.length === 0) expect(tried).toMatch(/^–$|^not tried: \w+/);
});
