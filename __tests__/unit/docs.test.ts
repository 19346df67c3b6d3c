import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsReference } from '../../docs/generate-settings';

test('docs/settings.md is what npm run docs:settings writes', () => {
  const written = readFileSync(join(__dirname, '..', '..', 'docs', 'settings.md'), 'utf8');
  expect(settingsReference()).toBe(written);
});
