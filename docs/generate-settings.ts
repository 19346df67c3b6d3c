/**
 * Writes everything that describes the settings from their schema: docs/settings.md, docs/settings.schema.json and the
 * configuration in Pulumi.yaml: `npm run docs:settings`. Another folder than the checkout may be named.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SETTINGS } from '../settings/schema';
import { fieldsOf, manualOf, unwrapped } from '../settings/tree';
import { withProjectConfig } from './project-config';
import { settingsSchema } from './settings-schema';

export interface SettingRow {
  /** Such as `smtp`, `smtp.host` or `administrators[].name`. */
  readonly path: string;
  readonly schema: z.ZodType;
}

/** Every setting, each object before what is in it; not what a page of its own describes. */
export function settingRows(parent: z.ZodType = SETTINGS, prefix = ''): readonly SettingRow[] {
  return Object.entries(fieldsOf(parent)).flatMap(([key, schema]) => {
    const path = `${prefix}${key}${unwrapped(schema) instanceof z.ZodArray ? '[]' : ''}`;
    const inside = manualOf(schema).page === undefined ? settingRows(schema, `${path}.`) : [];
    return [{ path, schema }, ...inside];
  });
}

/** The reference of all settings, as Markdown. */
export function settingsReference(): string {
  return [
    '# Settings',
    '',
    'Generated from `settings/schema.ts` by `npm run docs:settings`. They are in `Pulumi.<stack>.yaml` behind `mastodon-on-civo:`;',
    'set one with `pulumi config set KEY VALUE`, one inside another with `--path`, and a secret with `--secret`.',
    'Editors check such a file that begins with `# yaml-language-server: $schema=docs/settings.schema.json`.',
    '',
    '| setting | meaning | default | examples |',
    '| --- | --- | --- | --- |',
    ...settingRows().map(row),
    '',
  ].join('\n');
}

function row({ path, schema }: SettingRow): string {
  const { description: meaning = '', examples = [], secret, page } = manualOf(schema);
  const description = page === undefined ? meaning : `${meaning} [All of them](${page}).`;
  const command = `pulumi config set --secret --path ${path}`;
  const whole =
    secret && !path.startsWith('adopted') ? `${description} A secret: \`${command}\`.` : description;
  const cells = [`\`${path}\``, whole, defaultText(schema), examples.map(code).join(', ')];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** In words, or as code; a required setting has none. */
function defaultText(schema: z.ZodType): string {
  const { derived } = manualOf(schema);
  if (derived !== undefined) return derived;
  return schema instanceof z.ZodDefault ? code(schema.def.defaultValue) : '';
}

const code = (value: unknown) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

async function write(folder: string): Promise<void> {
  // Jest, which loads this file as well, can't load Prettier.
  const { format } = await import('prettier');
  const project = readFileSync(join(__dirname, '..', 'Pulumi.yaml'), 'utf8');
  const schema = JSON.stringify(settingsSchema());
  writeFileSync(join(folder, 'docs', 'settings.md'), settingsReference());
  writeFileSync(
    join(folder, 'docs', 'settings.schema.json'),
    await format(schema, { parser: 'json', printWidth: 110 }),
  );
  writeFileSync(join(folder, 'Pulumi.yaml'), withProjectConfig(project));
}

if (require.main === module) void write(process.argv[2] ?? join(__dirname, '..'));
