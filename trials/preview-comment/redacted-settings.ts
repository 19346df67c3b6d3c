/** The settings of a stack as its file in Git has them, with what can't be decrypted replaced. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { NAMESPACE } from '../../settings/namespace';

export type Settings = Readonly<Record<string, string | number | boolean | object>>;

/** Stands for each secret: valid as a password and as a web address, of no one's domain. */
export const NO_SECRET = 'https://secret.invalid/';

/** Settings of the run itself, and the one that is a secret as a whole. */
const LEFT_OUT = new Set(['apiEndpoint', 'converge', 'adopted']);

/** Undefined if there is no such file. */
export function redactedSettings(file: string): Settings | undefined {
  if (!existsSync(file)) return undefined;
  const { config = {} } = parse(readFileSync(file, 'utf8')) as { config?: Settings };
  const own = Object.entries(config).map(
    ([key, value]) => [key.slice(key.startsWith(NAMESPACE) ? NAMESPACE.length : 0), value] as const,
  );
  return Object.fromEntries(
    own.filter(([key]) => !LEFT_OUT.has(key)).map(([key, value]) => [key, withoutSecrets(value)]),
  ) as Settings;
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  if ('secure' in value) return NO_SECRET;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]));
}
