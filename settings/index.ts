import * as pulumi from '@pulumi/pulumi';
import type { z } from 'zod';
import { jsonOrText } from '../lib/json-or-text';
import { SETTINGS } from './schema';
import { elementOf, fieldsOf, manualOf } from './tree';
import type { Settings } from './types';
import { validate } from './validate';

export type { Settings } from './types';

/** Invalid settings. Pulumi shows the message of such an error without a stack trace. */
export class SettingsError extends pulumi.RunError {}

/**
 * Reads and validates the stack's settings; nothing else of the program reads configuration.
 * @throws SettingsError with every problem at once.
 */
export function readSettings(config: pulumi.Config): Settings {
  const validation = validate(rawSettings(config.name));
  if ('problems' in validation) {
    const lines = validation.problems.map((problem) => `  ${config.name}:${problem}`);
    const count = lines.length === 1 ? 'This setting' : `These ${String(lines.length)} settings`;
    throw new SettingsError(
      `${count} of Pulumi.${pulumi.getStack()}.yaml can't be used:\n${lines.join('\n')}\n` +
        'Nothing was changed. docs/settings.md describes each setting; set one with: pulumi config set --path KEY VALUE',
    );
  }
  return sealed(SETTINGS, validation.settings) as Settings;
}

/** The value with each secret in it wrapped, so that Pulumi encrypts and hides it. */
function sealed(schema: z.ZodType, value: unknown): unknown {
  if (value === undefined) return value;
  if (manualOf(schema).secret) return pulumi.secret(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const element = elementOf(schema);
  const fields = fieldsOf(schema);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => {
      const field = element ?? fields[key];
      return [key, field === undefined ? inner : sealed(field, inner)];
    }),
  );
}

/** The configuration of this program as it was written: objects and lists parsed, everything else as text, empty text left out. */
function rawSettings(namespace: string): Record<string, unknown> {
  const prefix = `${namespace}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(
    ([key, text]) => key.startsWith(prefix) && text !== '',
  );
  return Object.fromEntries(own.map(([key, text]) => [key.slice(prefix.length), jsonOrText(text)]));
}
