/** Questions about single settings: what to ask, the choices and the default come from the settings' schema. */
import { input, password, select } from '@inquirer/prompts';
import { z } from 'zod';
import { SETTINGS } from '../../settings/schema';
import { manualOf, schemaAt } from '../../settings/tree';
import type { Draft } from './draft';

type Fields = Readonly<Record<string, unknown>>;

interface Options {
  /** In front of the question, such as `The owner`. */
  readonly who?: string;
  /** Offered as the answer. Default: the setting's. */
  readonly fallback?: string;
  /** The settings that an answer makes. Default: the answer alone, at the setting's path. */
  readonly settings?: (text: string) => Fields;
}

/** Asks for a setting, such as `smtp.host`, until the program accepts the answer. */
export function ask(draft: Draft, path: string, options: Options = {}): Promise<string> {
  const { schema, message } = questionOf(path, options.who);
  const { choices, secret } = manualOf(schema);
  if (choices) {
    return select({
      message,
      choices: Object.entries(choices).map(([value, about]) => ({ value, name: `${value}: ${about}` })),
    });
  }
  const validate = (text: string) => draft.problems([path], (options.settings ?? at(path))(text))[0] ?? true;
  return secret
    ? password({ message, mask: true, validate })
    : input({ message, default: options.fallback ?? defaultOf(schema), validate });
}

/** The question for a setting whose choices are not in the schema, and its default. */
export function questionOf(path: string, who?: string) {
  // A person's settings are the same for each.
  const keys = path.split(/[.[\]]+/).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  const schema = schemaAt(SETTINGS, keys);
  const { prompt } = schema ? manualOf(schema) : {};
  if (!schema || prompt === undefined) throw new Error(`settings/schema.ts has no prompt for ${path}`);
  return { schema, message: who === undefined ? prompt : `${who}: ${prompt}`, fallback: defaultOf(schema) };
}

const defaultOf = (schema: z.ZodType) =>
  schema instanceof z.ZodDefault ? String(schema.def.defaultValue) : undefined;

/** `smtp.host` → `{ smtp: { host: text } }` */
const at =
  (path: string) =>
  (text: string): Fields => {
    const [key = '', inner] = path.split('.');
    return { [key]: inner === undefined ? text : { [inner]: text } };
  };
