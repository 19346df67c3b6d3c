/** Turns what zod reports into messages that name the setting, the value, what is expected and what to run. */
import type { z } from 'zod';
import { ONE_LINE } from './kinds';
import { nearest } from '../lib/nearest';
import { type Problem, setCommand } from './problem';
import { fieldsOf, manualOf, schemaAt, unwrapped } from './tree';

type Path = readonly PropertyKey[];

/** `administrators[0].name` */
const pathText = (path: Path) =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${String(key)}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');

/** The problems that an issue is: one, or one for each unknown key. */
export function problemsOf(issue: z.core.$ZodIssue, settings: z.ZodType): Problem[] {
  const path = pathText(issue.path);
  const schema = schemaAt(settings, issue.path) ?? settings;
  const { secret, confidential } = manualOf(schema);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(issue.path, key, schema));
  }
  if (secret && !confidential) {
    const problem = isMissing(issue.input) ? 'is missing' : ONE_LINE;
    return [{ path, text: `${problem}; set it: pulumi config set --secret --path ${path}` }];
  }
  // Text in the place of an object may be a secret, and the size of a list is no value.
  const silent = confidential ?? (['object', 'record'].includes(unwrapped(schema).type) || issue.code === 'too_small' && Array.isArray(issue.input)); // prettier-ignore
  return [{ path, value: silent ? undefined : issue.input, text: issue.message }];
}

const isMissing = (given: unknown) => given === undefined || given === '';

/** zod's error map, for schemas without a message of their own. */
export function errorMap(settings: z.ZodType): z.core.$ZodErrorMap {
  return ({ code, path = [], input, ...issue }) => {
    if (isMissing(input)) return `is missing; set it: ${setCommand(pathText(path))}`;
    if (code !== 'invalid_type') return undefined;
    if (issue.expected === 'object') {
      const schema = schemaAt(settings, path) ?? settings;
      const fields = Object.keys(fieldsOf(schema)).join(', ');
      const { others } = manualOf(schema);
      const expected = others === undefined ? `an object with ${fields}` : `an object; ${others}`;
      return `is ${Array.isArray(input) ? 'a list' : `a ${typeof input === 'string' ? 'text' : typeof input}`}; expected ${expected}`;
    }
    return EXPECTED[String(issue.expected)];
  };
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'expected a text; put it in quotes',
  number: 'expected a whole number',
  int: 'expected a whole number',
  boolean: 'expected true or false',
};

function unknownKey(parent: Path, key: string, schema: z.ZodType): Problem {
  const known = Object.keys(fieldsOf(schema));
  const meant = nearest(key, known);
  const { others } = manualOf(schema);
  const remedies = [
    ...(meant ? [`did you mean ${pathText([...parent, meant])}?`] : []),
    ...(others ? [others] : []),
  ];
  const remedy = remedies.join(' ') || `expected one of ${known.join(', ')}`;
  return { path: pathText([...parent, key]), text: `is no setting; ${remedy}` };
}
