import { z } from 'zod';
import { SETTINGS } from '../settings/schema';
import { fieldsOf, manualOf, unwrapped } from '../settings/tree';
import type { PlainSettings, Settings } from '../settings/types';
import type { Values } from './template';

/**
 * Settings by their paths, as the machine's files name them: `{{mediaGb}}`, `{{smtp.host}}`. One without a value is empty. Lists and
 * secrets are left out; with `isPublic` also what may contain a secret.
 */
export function settingValues(
  settings: Settings | PlainSettings,
  { isPublic }: { isPublic: boolean },
): Values {
  const isHidden = (schema: z.ZodType) => {
    const { secret, confidential } = manualOf(schema);
    return secret ?? (isPublic && (confidential ?? false));
  };
  const valuesOf = (schema: z.ZodType, values: Fields, prefix = ''): [string, string][] =>
    Object.entries(fieldsOf(schema)).flatMap(([key, field]) => {
      if (isHidden(field) || unwrapped(field) instanceof z.ZodArray) return [];
      const value = values[key] ?? '';
      if (Object.keys(fieldsOf(field)).length > 0)
        return valuesOf(field, value as Fields, `${prefix}${key}.`);
      return isScalar(value) ? [[`${prefix}${key}`, String(value)]] : [];
    });
  return Object.fromEntries(valuesOf(SETTINGS, settings as Fields));
}

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

type Fields = Readonly<Record<string, unknown>>;
