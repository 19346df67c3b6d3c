import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { fieldsOf, schemaAt } from '../../settings/tree';
import { type Place, type Problems, remedy } from './problems';

/**
 * How a changed file is written: no line is wrapped, flow collections stay narrow, and a text in double quotes is one line. In several
 * lines, yaml 2 loses blank lines that have blanks.
 */
export const YAML_STYLE = {
  lineWidth: 0,
  flowCollectionPadding: false,
  singleQuote: true,
  doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
} as const;

type Path = readonly (string | number)[];

export interface YamlFile<T> {
  readonly value: T;
  /** Where the value at a path stands. */
  place(...path: Path): Place;
}

/** What a file in YAML says, if it is as the schema wants it. `above`: lines before the YAML in the file. */
export function readYaml<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
  problems: Problems,
  above = 0,
): YamlFile<T> | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => ({ file, line: above + lines.linePos(offset).line });
  for (const error of document.errors) problems.refuse(at(error.pos[0]), firstLine(error.message));
  if (document.errors.length > 0) return undefined;
  const place = (...path: Path) => at(offsetOf(document, path));
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return { value: result.data, place };
  for (const issue of result.error.issues) {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        problems.refuse(
          place(...path, key),
          `${key} is not known here; ${remedy(key, Object.keys(fieldsOf(schemaAt(schema, path) ?? schema)))}`,
        );
      }
    } else problems.refuse(place(...path), `${told(path)}${issue.message}`);
  }
  return undefined;
}

/** Of the value, or of what is nearest above it. A key that is the mistake itself has a place, too. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => String(item.key) === String(key));
      if (pair && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return 0;
}

const told = (path: Path) => (path.length === 0 ? '' : `${String(path.at(-1))}: `);
const firstLine = (text: string) => text.split('\n')[0] ?? '';
