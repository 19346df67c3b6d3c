/** The settings as `Pulumi.yaml` declares them. */
import { stringify } from 'yaml';
import { z } from 'zod';
import { KEYS, SETTINGS } from '../settings/schema';
import { fieldsOf, manualOf, unwrapped } from '../settings/tree';
import { validate } from '../settings/validate';

const HEADER = `\
# Every setting, written from settings/schema.ts by "npm run docs:settings". An empty value counts as not given. Required
# settings have an empty default, too: the engine would stop at one without, and the program could not report all at once.
`;

/** The keys of the settings that a stack must set. */
export function requiredKeys(): readonly string[] {
  const validation = validate({});
  const problems = 'problems' in validation ? validation.problems : [];
  return KEYS.filter((key) => problems.some((problem) => problem.split(/[ :.[]/)[0] === key));
}

/** The text of Pulumi.yaml with this program's settings in the place of those that it has. */
export function withProjectConfig(text: string): string {
  const [head = ''] = text.split(/^(?:# Every setting|config:)/m);
  return (
    head +
    HEADER +
    stringify({ config: projectConfig() }, { lineWidth: 0, singleQuote: true, aliasDuplicateObjects: false })
  );
}

function projectConfig() {
  const required = requiredKeys();
  const entries = Object.entries(SETTINGS.shape).map(([key, schema]: [string, z.ZodType]) => {
    const { description = '', derived } = manualOf(schema);
    const fields = Object.keys(unwrapped(schema) instanceof z.ZodArray ? {} : fieldsOf(schema));
    const about = [
      ...(required.includes(key) ? ['Required.'] : []),
      ...[description.replaceAll('`', '')],
      ...(derived === undefined ? [] : [`Default: ${derived.replaceAll('`', '')}.`]),
      ...(fields.length > 0 && typeOf(schema) === 'object' ? [`Has ${fields.join(', ')}.`] : []),
    ];
    return [key, { ...declared(schema), description: about.join(' ') }];
  });
  return Object.fromEntries(entries) as Record<string, object>;
}

type ProjectType = 'array' | 'boolean' | 'integer' | 'object' | 'string';

const EMPTY = { array: [], object: {}, string: '' } as const;

function declared(schema: z.ZodType) {
  const type = typeOf(schema);
  const inner = unwrapped(schema);
  return {
    type,
    ...(inner instanceof z.ZodArray && { items: { type: typeOf(inner.element as z.ZodType) } }),
    default: schema instanceof z.ZodDefault ? schema.def.defaultValue : EMPTY[type as keyof typeof EMPTY],
  };
}

/** An object that is one secret is stored as text. */
function typeOf(schema: z.ZodType): ProjectType {
  if (manualOf(schema).confidential) return 'string';
  const { type } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return type as ProjectType;
}
