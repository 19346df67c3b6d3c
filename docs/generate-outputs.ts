/** Writes docs/outputs.schema.json and docs/outputs.md from components/outputs.ts: `npm run docs:outputs`. Another folder may be named. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { createGenerator, type Schema } from 'ts-json-schema-generator';

const ROOT = join(__dirname, '..');

/** The JSON schema of a server's outputs. More than these is no fault: a new output breaks no reader. */
function outputsSchema(): Schema {
  return createGenerator({
    path: join(ROOT, 'components', 'outputs.ts'),
    tsconfig: join(ROOT, 'tsconfig.json'),
    type: 'ServerOutputs',
    additionalProperties: true,
    skipTypeCheck: true,
  }).createSchema('ServerOutputs');
}

/** The reference of all outputs, as Markdown. */
function outputsReference(schema: Schema): string {
  const { definitions = {} } = schema;
  const rows = (name: string, prefix: string): string[] => {
    const { properties = {} } = definitions[name] as Schema;
    return Object.entries(properties as Record<string, Schema>).flatMap(([key, property]) => {
      const list = property.type === 'array';
      const path = `${prefix}${key}${list ? '[]' : ''}`;
      const inner = referred(list ? (property.items as Schema) : property);
      return [
        ...(property.description ? [`| \`${path}\` | ${property.description} |`] : []),
        ...(inner ? rows(inner, `${path}.`) : []),
        ...Object.entries((property.properties ?? {}) as Record<string, Schema>).flatMap(([part, one]) =>
          rows(referred(one) ?? '', `${path}.${part}.`),
        ),
      ];
    });
  };
  return [
    '# Outputs',
    '',
    'Generated from `components/outputs.ts` by `npm run docs:outputs`; [outputs.schema.json](outputs.schema.json) is the same as a JSON schema. `pulumi stack output`',
    'shows them, another stack reads them with `ServerReference` ([examples/status-page](../examples/status-page)).',
    '',
    '| output | meaning |',
    '| --- | --- |',
    ...rows('ServerOutputs', ''),
    '',
  ].join('\n');
}

const referred = ({ $ref }: Schema) => $ref?.replace('#/definitions/', '');

async function write(folder: string): Promise<void> {
  const schema = outputsSchema();
  const text = await format(JSON.stringify(schema), { parser: 'json', printWidth: 110 });
  writeFileSync(join(folder, 'outputs.schema.json'), text);
  writeFileSync(join(folder, 'outputs.md'), outputsReference(schema));
}

void write(process.argv[2] ?? __dirname);
