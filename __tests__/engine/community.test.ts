import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestCivo } from '../unit/civo-client';
import { programSettings } from './programSettings';
import { createStack } from './stack';

jest.setTimeout(240_000);

test('a preview names what was decided: blocks, rules and people', async () => {
  const checkout = join(__dirname, '..', '..');
  const folder = mkdtempSync(join(tmpdir(), 'community-'));
  cpSync(join(checkout, 'community'), folder, { recursive: true });
  const civo = await TestCivo.start();
  const config = { ...programSettings(civo.api.url), community: folder };
  const stack = await createStack({ projectDir: checkout, config, env: { CIVO_TOKEN: civo.api.token } });
  const edit = (file: string, change: (text: string) => string) => {
    writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
  };
  edit('domain-blocks.csv', (text) => `${text}bad.example,suspend,,,Hate,,\n`);
  edit('rules.md', (text) => text.replace('## Be kind ', '## Be kinder '));
  const { stdout } = await stack.preview();
  expect(stdout).toContain('block bad.example (suspend)');
  expect(stdout).toContain('Be kinder');
  expect(stdout).toContain('moderator carol');
  stack.remove();
  await civo.stop();
  rmSync(folder, { recursive: true });
});
