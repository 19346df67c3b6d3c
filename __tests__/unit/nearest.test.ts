import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { nearest, remedy } from '../../lib/nearest';

test.each([
  ['domian', 'domain'],
  ['web-domain', 'webDomain'],
  ['WEB_DOMAIN', 'webDomain'],
  ['tp', 'to'],
])('%s means %s', (word, meant) => {
  expect(nearest(word, ['to', 'webDomain', 'domain'])).toBe(meant);
});

test('a word that is near none is answered by all', () => {
  expect(nearest('colour', ['domain', 'region'])).toBeUndefined();
  expect(remedy('colour', ['domain', 'region'])).toBe('expected one of domain, region');
  expect(remedy('colour', [])).toBe('expected one of ');
});

test('one file decides what is near', () => {
  const files = execFileSync(
    'git',
    ['grep', '--files-with-matches', "^import .*'fastest-levenshtein'", '--', '*.ts'],
    {
      cwd: join(__dirname, '..', '..'),
      encoding: 'utf8',
    },
  );
  expect(files).toBe('lib/nearest.ts\n');
});
