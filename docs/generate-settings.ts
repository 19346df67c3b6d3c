/** Writes docs/settings.md from the comments in settings/types.ts: `npm run docs:settings`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { KEYS } from '../settings/judge';
import { commentOf } from './comments';

const SOURCE = join(__dirname, '..', 'settings', 'types.ts');

/** Every setting and what it means, by its path: `smtp`, `smtp.host`, `administrators[].name`. */
export function settingRows(): readonly (readonly [path: string, meaning: string])[] {
  const source = ts.createSourceFile(SOURCE, readFileSync(SOURCE, 'utf8'), ts.ScriptTarget.Latest, true);
  const interfaces = new Map(
    source.statements
      .filter(ts.isInterfaceDeclaration)
      .map((declaration) => [declaration.name.text, declaration]),
  );
  const rows = (name: string, prefix: string): [string, string][] =>
    (interfaces.get(name)?.members ?? []).flatMap((member) => {
      const key = member.name?.getText() ?? '';
      if (prefix === '' && !(KEYS as readonly string[]).includes(key)) return [];
      const type = ts.isPropertySignature(member) ? (member.type?.getText() ?? '') : '';
      const inner = [...interfaces.keys()].find((one) => type.includes(one));
      const path = `${prefix}${key}${type.includes('[]') || type.startsWith('readonly [') ? '[]' : ''}`;
      const text = commentOf(member) || (inner ? commentOf(interfaces.get(inner)) : '');
      return [[path, text], ...(inner ? rows(inner, `${path}.`) : [])];
    });
  return rows('Settings', '');
}

/** The reference of all settings, as Markdown. */
export function settingsReference(): string {
  return [
    '# Settings',
    '',
    'Generated from `settings/types.ts` by `npm run docs:settings`. They stand in `Pulumi.<stack>.yaml` behind `mastodon-on-civo:`;',
    'set one with `pulumi config set KEY VALUE`, one inside another with `--path`, and a secret with `--secret`.',
    '',
    '| setting | meaning |',
    '| --- | --- |',
    ...settingRows().map(([path, meaning]) => `| \`${path}\` | ${meaning} |`),
    '',
  ].join('\n');
}

if (require.main === module) writeFileSync(join(__dirname, 'settings.md'), settingsReference());
