/** Writes docs/settings.md from the schema of the settings: `npm run docs:settings`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SETTINGS } from '../settings/schema';
import { fieldsOf, manualOf, unwrapped } from '../settings/tree';

export interface SettingRow {
  /** Such as `smtp`, `smtp.host` or `administrators[].name`. */
  readonly path: string;
  readonly schema: z.ZodType;
}

/** Every setting, each object before what is in it. */
export function settingRows(parent: z.ZodType = SETTINGS, prefix = ''): readonly SettingRow[] {
  return Object.entries(fieldsOf(parent)).flatMap(([key, schema]) => {
    const path = `${prefix}${key}${unwrapped(schema) instanceof z.ZodArray ? '[]' : ''}`;
    return [{ path, schema }, ...settingRows(schema, `${path}.`)];
  });
}

/** The reference of all settings, as Markdown. */
export function settingsReference(): string {
  return [
    '# Settings',
    '',
    'Generated from `settings/schema.ts` by `npm run docs:settings`. They are in `Pulumi.<stack>.yaml` behind `mastodon-on-civo:`;',
    'set one with `pulumi config set KEY VALUE`, one inside another with `--path`, and a secret with `--secret`.',
    '',
    '| setting | meaning | default | examples |',
    '| --- | --- | --- | --- |',
    ...settingRows().map(row),
    '',
  ].join('\n');
}

function row({ path, schema }: SettingRow): string {
  const { description = '', examples = [], secret } = manualOf(schema);
  const command = `pulumi config set --secret --path ${path}`;
  const meaning =
    secret && !path.startsWith('adopted') ? `${description} A secret: \`${command}\`.` : description;
  const cells = [`\`${path}\``, meaning, defaultText(schema), examples.map(code).join(', ')];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** In words, or as code; a required setting has none. */
function defaultText(schema: z.ZodType): string {
  const { derived } = manualOf(schema);
  if (derived !== undefined) return derived;
  return schema instanceof z.ZodDefault ? code(schema.def.defaultValue) : '';
}

const code = (value: unknown) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

if (require.main === module) writeFileSync(join(__dirname, 'settings.md'), settingsReference());
