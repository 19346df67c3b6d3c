/** The stack's settings as Pulumi keeps them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { jsonOrText } from '../../lib/json-or-text';
import { NAMESPACE } from '../../settings/namespace';
import { SETTINGS } from '../../settings/schema';
import { manualOf, schemaAt } from '../../settings/tree';
import { CHECKOUT } from './checkout';
import type { PulumiCli } from './pulumi-cli';

/** A setting, and whether it, or something in it, is a secret. */
export interface Setting {
  readonly value: unknown;
  readonly secret: boolean;
}

/** Every setting of the stack that isn't its default, by its key, secrets in plain text. */
export async function readConfig(pulumi: PulumiCli): Promise<Map<string, Setting>> {
  const config = JSON.parse(await pulumi.output(['config', '--json', '--show-secrets'])) as Record<
    string,
    { value?: string; objectValue?: unknown; secret?: boolean }
  >;
  const own = Object.entries(config).filter(([key]) => key.startsWith(NAMESPACE));
  const settings = own.map(([key, { value, objectValue, secret = false }]) => {
    return [key.slice(NAMESPACE.length), { value: objectValue ?? jsonOrText(value ?? ''), secret }] as const;
  });
  // Pulumi prints the defaults of Pulumi.yaml as if they had been set.
  const defaults = projectDefaults();
  return new Map(settings.filter(([key, { value }]) => asText(value) !== defaults.get(key)));
}

/** The defaults in Pulumi.yaml of the program in a folder. */
export function projectDefaults(program = CHECKOUT): Map<string, string> {
  const { config } = parse(readFileSync(join(program, 'Pulumi.yaml'), 'utf8')) as {
    config: Record<string, { default: unknown }>;
  };
  return new Map(Object.entries(config).map(([key, setting]) => [key, asText(setting.default)]));
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

export const plain = (config: ReadonlyMap<string, Setting>): Record<string, unknown> =>
  Object.fromEntries([...config].map(([key, { value }]) => [key, value]));

/** Sets settings, objects leaf by leaf. Secrets, what is one by its kind too, go through standard input, where no process list shows them. */
export async function writeConfig(
  pulumi: PulumiCli,
  settings: Readonly<Record<string, Setting>>,
): Promise<void> {
  const open: string[] = [];
  for (const [key, { value, secret }] of Object.entries(settings)) {
    for (const [inner, text] of leaves(key, value)) {
      const path = `${NAMESPACE}${inner}`;
      if (secret || isSecret(inner) || losesDigits(text))
        await pulumi.output(['config', 'set', '--secret', '--path', path], text);
      else open.push('--plaintext', `${path}=${text}`);
    }
  }
  if (open.length > 0) await pulumi.output(['config', 'set-all', '--path', ...open]);
}

const isSecret = (path: string) => {
  const schema = schemaAt(SETTINGS, path.split(/[.[\]]+/).filter(Boolean));
  return schema !== undefined && manualOf(schema).secret === true;
};

/** Pulumi stores plain digits as a number, of which those behind the sixteenth get lost; a secret stays a text. */
const losesDigits = (text: string) => /^-?\d{16,}$/.test(text);

/** `smtp.port` → `2525`, `vpnCidrs[0]` → `10.8.0.0/24`. */
export function leaves(path: string, value: unknown): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, inner),
  );
}
