import { z } from 'zod';
import * as fields from './fields';
import type { ListKind } from './list-kind';

const schema = z.strictObject({
  name: fields.name,
  title: fields.optionalText().default(''),
  text: fields.text('expected the text of the warning'),
});

/** Texts that moderators choose from when they warn an account. */
export const warningPresets: ListKind<z.output<typeof schema>> = {
  kind: 'warningPreset',
  list: 'warning_presets',
  file: 'warning-presets.yaml',
  title: 'warning presets',
  schema,
  key: ({ name }) => name,
  words: ({ name, title, text }) => [`warning preset ${name}`, [title, text].filter(Boolean).join(': ')],
};
