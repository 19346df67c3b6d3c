/** The list of Mastodon's variables: its page, and that it knows whatever the program itself sets. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { variablesReference } from '../../docs/generate-variables';
import { MADE_FROM, VARIABLES } from '../../settings/mastodon-variables';
import { SETTINGS } from '../../settings/schema';
import { schemaAt } from '../../settings/tree';

const checkout = join(__dirname, '..', '..');
const read = (...path: string[]) => readFileSync(join(checkout, ...path), 'utf8');
const page = read('docs', 'mastodon-variables.md');
const all = Object.entries(VARIABLES);
const byUse = (by: string) => all.filter(([, { use }]) => use.by === by).map(([name]) => name);

test('docs/mastodon-variables.md is what npm run docs:variables writes, with each variable of the list once', () => {
  expect(page).toBe(variablesReference());
  const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(Object.keys(VARIABLES).sort());
});

test('the list has the 253 variables that have a heading upstream, 251 of them in capitals, and what else is read', () => {
  const headings = all.filter(([, { unlisted }]) => unlisted !== true).map(([name]) => name);
  expect([headings.length, headings.filter((name) => name === name.toUpperCase()).length]).toEqual([
    MADE_FROM.headings,
    251,
  ]);
  expect(
    [byUse('administrator'), byUse('setting'), byUse('program'), byUse('nobody')].map((one) => one.length),
  ).toEqual([169, 17, 94, 54]);
  for (const [, { about, use }] of all) {
    expect(about).toMatch(/^[A-Z].*\.$/);
    if ('why' in use) expect(use.why).toMatch(/^[a-zA-Z].*[^.]$/);
  }
});

test.each(byUse('setting'))('%s names a setting that there is', (name) => {
  const { use } = VARIABLES[name] as { use: { setting: string } };
  expect(schemaAt(SETTINGS, use.setting.split('.'))).toBeDefined();
});

test('what the containers are given by the program is never asked of the administrator', () => {
  const etc = ['root', 'handover'].flatMap((tree) =>
    readdirSync(join(checkout, 'cloud-init', tree, 'etc', 'mastodon'))
      .filter((name) => name.endsWith('.env') && name !== 'owner.env')
      .map((name) => read('cloud-init', tree, 'etc', 'mastodon', name)),
  );
  const units = readdirSync(join(checkout, 'cloud-init/handover/etc/containers/systemd')).map((name) =>
    read('cloud-init/handover/etc/containers/systemd', name).replaceAll(/^Environment=/gm, ''),
  );
  const set = [...etc, ...units].flatMap((text) =>
    [...text.matchAll(/^([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name),
  );
  expect(set).toContain('TMPDIR');
  expect(
    [...new Set(set)].filter((name = '') => !['setting', 'program'].includes(VARIABLES[name]?.use.by ?? '')),
  ).toEqual([]);
});
