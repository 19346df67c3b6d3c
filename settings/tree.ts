/** Walks over the schema of the settings. */
import { z } from 'zod';
import type { Manual } from './kinds';

/** The schema without what makes it optional or gives it a default. */
export function unwrapped(schema: z.ZodType): z.ZodType {
  const isWrapper =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapper ? unwrapped(schema.unwrap() as z.ZodType) : schema;
}

/** Settings inside one: those of an object, or of the people in a list. */
export function fieldsOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject) return inner.shape;
  return inner instanceof z.ZodArray ? fieldsOf(inner.element as z.ZodType) : {};
}

/** What each value in a map or list is; undefined for all others. */
export function elementOf(schema: z.ZodType): z.ZodType | undefined {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray) return inner.element as z.ZodType;
  return inner instanceof z.ZodRecord ? (inner.valueType as z.ZodType) : undefined;
}

/** The schema of what is under a key: a setting, or a value in a map or list. */
export const fieldIn = (schema: z.ZodType, key: string): z.ZodType | undefined =>
  elementOf(schema) ?? fieldsOf(schema)[key];

/** The schema of a setting, such as `['administrators', 0, 'name']`. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  const next = fieldIn(schema, String(key));
  return next && schemaAt(next, rest);
}

export const manualOf = (schema: z.ZodType): Partial<Manual> => schema.meta() ?? {};

/**
 * The same settings, none of them refused: an invalid or missing value is read as its default, or as an empty text, and
 * an unknown key is left out.
 */
export function lenient(schema: z.ZodType): z.ZodType {
  const inner = unwrapped(schema);
  const unset = schema.safeParse(undefined);
  if (inner instanceof z.ZodArray) {
    const list = z.array(lenient(inner.element as z.ZodType)).catch([]);
    return list.prefault(unset.success && Array.isArray(unset.data) ? unset.data : []);
  }
  if (inner instanceof z.ZodObject) {
    const shape = Object.entries(fieldsOf(inner)).map(([key, field]) => [key, lenient(field)]);
    const object = z.object(Object.fromEntries(shape) as Record<string, z.ZodType>);
    const forgiving = object.catch(() => object.parse({}));
    return schema instanceof z.ZodOptional ? forgiving.optional() : forgiving.prefault({});
  }
  return schema.catch(unset.success ? unset.data : '');
}
