import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';
import type { z } from 'zod';
import { jsonOrText } from '../lib/json-or-text';
import { openSecrets, type Origin } from './open-secrets';
import { sentence } from './problem';
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
  const raw = rawSettings(config.name);
  const validation = validate(raw);
  const found = [
    ...('problems' in validation ? validation.problems : []),
    ...openSecrets(SETTINGS, raw, originOf(config.name)).map(sentence),
  ];
  if ('problems' in validation || found.length > 0) {
    const lines = found.map((problem) => `  ${config.name}:${problem}`);
    const count = lines.length === 1 ? 'This setting' : `These ${String(lines.length)} settings`;
    throw new SettingsError(
      `${count} of Pulumi.${pulumi.getStack()}.yaml can't be used:\n${lines.join('\n')}\n` +
        'Nothing was changed. docs/settings.md describes each setting; set one with: pulumi config set --path KEY VALUE',
    );
  }
  return sealed(SETTINGS, validation.settings) as Settings;
}

/** Where the settings come from, as far as the engine reports it. */
function originOf(namespace: string): Origin {
  const name = `Pulumi.${pulumi.getStack()}.yaml`;
  const file = join(pulumi.runtime.getRootDirectory(), name);
  const { config } = (existsSync(file) ? parse(readFileSync(file, 'utf8')) : {}) as {
    config?: Readonly<Record<string, unknown>>;
  };
  // The engine lists them there for the SDK, which has no public function for it.
  const { PULUMI_CONFIG_SECRET_KEYS: listed } = process.env;
  const secretKeys = listed === undefined ? undefined : (JSON.parse(listed) as readonly string[]);
  const own = Object.entries(config ?? {}).map(([key, value]) => [key.replace(`${namespace}:`, ''), value]);
  return {
    file: name,
    isSecret: (key) => secretKeys?.includes(`${namespace}:${key}`) ?? true,
    written: Object.fromEntries(own) as unknown,
  };
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
