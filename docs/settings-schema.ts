/** The JSON schema of `Pulumi.<stack>.yaml`, for editors. */
import { z } from 'zod';
import { NAMESPACE } from '../settings/namespace';
import { SETTINGS } from '../settings/schema';
import { manualOf } from '../settings/tree';
import { requiredKeys } from './project-config';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** How Pulumi writes a secret. */
const SECURE: JsonSchema = {
  type: 'object',
  properties: { secure: { type: 'string' } },
  required: ['secure'],
  additionalProperties: false,
};

export function settingsSchema(): JsonSchema {
  const { properties = {} } = z.toJSONSchema(SETTINGS, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: adapt,
  });
  const own = Object.entries(properties).map(([key, schema]) => [`${NAMESPACE}${key}`, schema] as const);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A stack of mastodon-on-civo',
    type: 'object',
    properties: {
      config: {
        type: 'object',
        properties: Object.fromEntries(own),
        // Other namespaces belong to providers.
        patternProperties: { [`^(?!${NAMESPACE})`]: {} },
        additionalProperties: false,
        required: requiredKeys().map((key) => `${NAMESPACE}${key}`),
      },
    },
  };
}

/** From what the program reads to what is in a file. */
function adapt({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: JsonSchema }): void {
  const { description = '', derived, secret, confidential, examples } = manualOf(zodSchema as z.ZodType);
  for (const key of [
    'derived',
    'secret',
    'confidential',
    'prompt',
    'choices',
    'page',
    'others',
    'variable',
    'variables',
  ])
    Reflect.deleteProperty(jsonSchema, key);
  // zod leaves both out where the program changes what it reads.
  if (examples !== undefined) jsonSchema.examples = [...examples];
  if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
  if (derived !== undefined) jsonSchema.description = `${description} Default: ${derived}.`;
  // `pulumi config set` writes numbers and truth values as text.
  if (jsonSchema.type === 'integer') asNumberOrText(jsonSchema);
  if (jsonSchema.type === 'boolean') jsonSchema.enum = [true, false, 'true', 'false'];
  if (jsonSchema.type === 'boolean') Reflect.deleteProperty(jsonSchema, 'type');
  if (jsonSchema.type === 'object' || jsonSchema.type === 'array')
    Reflect.deleteProperty(jsonSchema, 'default');
  // What is refused has no other form.
  if ((secret || confidential) && !jsonSchema.not) orSecure(jsonSchema);
}

function asNumberOrText(schema: JsonSchema): void {
  Object.assign(schema, { type: ['integer', 'string'], pattern: '^-?\\d+$' });
  // The limits of JavaScript say nothing about the setting.
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

/** Objects in the place of a secret are not described: Pulumi stores them as one text. */
function orSecure(schema: JsonSchema): void {
  const about = ['description', 'examples'];
  const plain = Object.fromEntries(Object.entries(schema).filter(([key]) => !about.includes(key)));
  for (const key of Object.keys(plain)) Reflect.deleteProperty(schema, key);
  schema.anyOf = [plain.type === 'object' ? { type: 'string' } : plain, SECURE];
}
