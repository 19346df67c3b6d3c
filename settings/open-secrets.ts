/** Secrets that were given without `--secret`: every reader of the stack's file sees them. */
import type { z } from 'zod';
import { isFields } from '../lib/is-fields';
import { valueAt } from '../lib/value-at';
import type { Problem } from './problem';
import { fieldIn, manualOf } from './tree';

export interface Origin {
  /** Name of the stack's file. */
  readonly file: string;
  /** Whether something in this setting is encrypted, by its first key: Pulumi reports no more. */
  readonly isSecret: (key: string) => boolean;
  /** Those settings as the file has them; undefined where it can't be read, as with `--config-file`. */
  readonly written: unknown;
}

/** `given`: the settings, secrets in plain text. */
export function openSecrets(schema: z.ZodType, given: Fields, origin: Origin): Problem[] {
  // Nothing is secret at the cloud that runs on this computer: its settings are in Git.
  if (isThisComputer(given.apiEndpoint)) return [];
  return Object.entries(given).flatMap(([key, value]) => {
    const field = fieldIn(schema, key);
    if (field === undefined) return [];
    const isOpen = ({ path, value: one }: Found) =>
      !origin.isSecret(key) || valueAt(origin.written, path.join('.')) === one;
    return secretsIn(field, value, [key])
      .filter(isOpen)
      .map(({ path }) => problem(path, origin.file));
  });
}

type Fields = Readonly<Record<string, unknown>>;

interface Found {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** An object that Pulumi keeps as one secret counts as one. */
function secretsIn(schema: z.ZodType, value: unknown, path: readonly string[]): Found[] {
  const { secret, confidential } = manualOf(schema);
  const inner = isFields(value) ? Object.entries(value) : [];
  if (secret) return value === undefined || value === '' || value === null ? [] : [{ path, value }];
  const found = inner.flatMap(([key, one]) => {
    const field = fieldIn(schema, key);
    return field === undefined ? [] : secretsIn(field, one, [...path, key]);
  });
  return confidential && found.length > 0 ? [{ path, value }] : found;
}

function problem(path: readonly string[], file: string): Problem {
  const name = path.join('.');
  const command = `pulumi config set --secret ${path.length > 1 ? `--path '${name}'` : name}`;
  return {
    path: name,
    text: `is a secret, and ${file} has it in plain text; encrypt it: ${command}. If others have seen that file, get a new one first`,
  };
}

function isThisComputer(endpoint: unknown): boolean {
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) return false;
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(endpoint).hostname);
}
