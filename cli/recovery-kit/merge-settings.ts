/** What a new stack takes from a kit's settings: whatever its own file lacks, and the secrets that such a file has no text of. */
import { isFields } from '../../lib/is-fields';
import { SETTINGS } from '../../settings/schema';
import { fieldIn, manualOf } from '../../settings/tree';
import { plain, type Setting } from '../lib/stack-config';
import type { RecoveryKit } from './format';
import type { z } from 'zod';

type Fields = Readonly<Record<string, unknown>>;

export interface Merged {
  /** Settings of the kit that the stack has not, by their paths. */
  readonly added: Record<string, Setting>;
  readonly merged: Fields;
}

export function mergeSettings(
  { settings, secretSettings }: Pick<RecoveryKit, 'settings' | 'secretSettings'>,
  config: ReadonlyMap<string, Setting>,
): Merged {
  const added: Record<string, Setting> = {};
  const merged: Record<string, unknown> = { ...plain(config) };
  for (const [key, value] of Object.entries(settings)) {
    const field = fieldIn(SETTINGS, key);
    if (!config.has(key)) {
      added[key] = { value, secret: secretSettings.includes(key) };
      merged[key] = value;
    } else if (field !== undefined) {
      const { found, whole } = lacking(field, value, merged[key], key);
      for (const [path, secret] of found) added[path] = { value: secret, secret: true };
      merged[key] = whole;
    }
  }
  return { added, merged };
}

interface Lacking {
  readonly found: readonly (readonly [path: string, value: unknown])[];
  /** The stack's own value with what was found in it. */
  readonly whole: unknown;
}

/** Secrets of objects that the stack has as well. An object that has nothing else in the kit may be missing in a file without secrets. */
function lacking(schema: z.ZodType, kits: unknown, own: unknown, path: string): Lacking {
  if (own === undefined && manualOf(schema).secret) return { found: [[path, kits]], whole: kits };
  const isThere = isFields(own) || (own === undefined && isAllSecret(schema, kits));
  if (!isFields(kits) || !isThere) return { found: [], whole: own };
  const found: (readonly [string, unknown])[] = [];
  const whole: Record<string, unknown> = { ...(isFields(own) && own) };
  for (const [key, value] of Object.entries(kits)) {
    const field = fieldIn(schema, key);
    if (field === undefined) continue;
    const inner = lacking(field, value, whole[key], `${path}.${key}`);
    found.push(...inner.found);
    if (inner.found.length > 0) whole[key] = inner.whole;
  }
  return { found, whole: found.length > 0 ? whole : own };
}

function isAllSecret(schema: z.ZodType, value: unknown): boolean {
  if (manualOf(schema).secret) return true;
  if (!isFields(value)) return false;
  return Object.entries(value).every(([key, inner]) => {
    const field = fieldIn(schema, key);
    return field !== undefined && isAllSecret(field, inner);
  });
}
