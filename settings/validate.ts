import type { z } from 'zod';
import { isFields } from '../lib/is-fields';
import { adoptedProblems } from './adopted';
import { sharedValues } from './administrators';
import { completed, type PlainSettings, type SettingFields } from './types';
import { environmentProblems } from './environment-rules';
import { exampleProblems } from './example-problems';
import { errorMap, problemsOf } from './messages';
import { type Problem, sentence } from './problem';
import { domainProblems, rangeProblems, remoteMediaProblems, warningsOf } from './rules';
import { KEYS, SETTINGS } from './schema';
import { lenient } from './tree';

export type Validation =
  | { readonly settings: PlainSettings }
  /** `usable`: every valid setting; in the place of an invalid or missing one its default, or an empty text. */
  | { readonly problems: readonly string[]; readonly usable: PlainSettings };

const LENIENT = lenient(SETTINGS) as z.ZodType<SettingFields>;

/** Validates a stack's settings: the valid settings, or every problem of them. */
export function validate(raw: Readonly<Record<string, unknown>>): Validation {
  const given = withoutEmpty(raw);
  const { error } = SETTINGS.safeParse(given, { error: errorMap(SETTINGS), reportInput: true });
  const fields = LENIENT.parse(given);
  const whole = completed(fields);
  const settings = { ...whole, warnings: warningsOf(whole) };
  const invalid = (error?.issues ?? []).flatMap((issue) => problemsOf(issue, SETTINGS));
  const broken = [
    ...domainProblems(settings),
    ...exampleProblems(fields, settings),
    ...sharedValues(fields.administrators),
    ...rangeProblems(fields),
    ...remoteMediaProblems(fields),
    ...adoptedProblems(fields.adopted, fields.dns),
    ...environmentProblems(fields, whole),
  ];
  const problems = [
    ...invalid,
    ...broken.filter((one) => !invalid.some(({ path }) => contains(path, one.path))),
  ];
  return problems.length > 0
    ? { problems: problems.sort(byKey).map(sentence), usable: settings }
    : { settings };
}

/** Whether a path is the other one, or inside it. */
const contains = (outer: string, path: string) =>
  path.startsWith(outer) && /^$|^[.[]/.test(path.slice(outer.length));

/** Unknown keys first, then in the order of the schema. */
function byKey(one: Problem, other: Problem): number {
  const place = ({ path }: Problem) => KEYS.findIndex((key) => contains(key, path));
  return place(one) - place(other);
}

/** A key without a value, which YAML reads as null, is not given; an empty object adopts nothing. */
function withoutEmpty(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = withoutNull(raw);
  return isFields(given.adopted) && Object.keys(given.adopted).length === 0
    ? { ...given, adopted: undefined }
    : given;
}

function withoutNull(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, isFields(value) ? withoutNull(value) : value]),
  );
}
