/** Settings that stand for variables of Mastodon's environment: the schema says which, and this finds what they say. */
import type { z } from 'zod';
import { valueAt } from '../lib/value-at';
import type { Names } from './kinds';
import { SETTINGS } from './schema';
import { fieldsOf, manualOf, schemaAt } from './tree';

type Fields = Readonly<Record<string, unknown>>;

/** A variable that a setting gives a value. */
export interface Said {
  readonly variable: string;
  /** The setting's path. */
  readonly setting: string;
  /** A text; a secret one as the settings have it, which may be sealed. */
  readonly value: unknown;
}

interface Place {
  readonly schema: z.ZodType;
  readonly path: string;
}

/** Every setting, objects before what is in them. */
function* places(parent: z.ZodType, prefix = ''): Generator<Place> {
  for (const [key, schema] of Object.entries(fieldsOf(parent))) {
    const path = `${prefix}${key}`;
    yield { schema, path };
    yield* places(schema, `${path}.`);
  }
}

const standing = [...places(SETTINGS)].filter(({ schema }) => {
  const { variable, variables } = manualOf(schema);
  return variable !== undefined || variables !== undefined;
});

/** The paths of settings by the variable that each stands for. */
export const SETTING_OF: ReadonlyMap<string, string> = new Map(
  standing.flatMap(({ schema, path }) => {
    const { variable, variables = {} } = manualOf(schema);
    return [...(variable === undefined ? [] : [variable]), ...Object.keys(variables)].map(
      (name) => [name, path] as const,
    );
  }),
);

/** By the variable: the object that is given where something in it is said. A setting that stands alone is its own. */
export const GROUP_OF: ReadonlyMap<string, string> = new Map(
  [...SETTING_OF].map(([variable, path]) => {
    const isObject = Object.keys(fieldsOf(schemaAt(SETTINGS, path.split('.')) ?? SETTINGS)).length > 0;
    const group = path.slice(0, Math.max(path.lastIndexOf('.'), 0));
    return [variable, isObject || group === 'mastodon' ? path : group] as const;
  }),
);

/** What these settings say; those that are not given, or are empty as they are invalid, say nothing. */
export function saidBy(settings: Fields, names: Names): readonly Said[] {
  return standing.flatMap(({ schema, path }) => {
    const value = valueAt(settings, path);
    if (value === undefined || value === '') return [];
    const { variable, variables = {} } = manualOf(schema);
    const derived = Object.entries(variables).flatMap(([name, from]) => {
      const one = from(value as never, names);
      return one === undefined ? [] : [{ variable: name, setting: path, value: one }];
    });
    return [
      ...(variable === undefined ? [] : [{ variable, setting: path, value: asText(value) }]),
      ...derived,
    ];
  });
}

/** A sealed secret stays as it is. */
function asText(value: unknown): unknown {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

interface WithEnvironment<Value> {
  readonly webDomain: string;
  readonly mastodon: { readonly environment: Readonly<Record<string, Value>> };
}

/** All that the settings say of Mastodon's environment, whichever way they say it. */
export function environmentOf<Value>(settings: WithEnvironment<Value>): Readonly<Record<string, Value>> {
  const said = saidBy(settings as unknown as Fields, settings).map(({ variable, value }) => [
    variable,
    value,
  ]);
  return { ...(Object.fromEntries(said) as Record<string, Value>), ...settings.mastodon.environment };
}
