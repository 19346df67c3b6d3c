import { type Document, isAlias, isMap, isNode, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { remedy } from '../lib/nearest';
import { fieldsOf, schemaAt } from '../settings/tree';
import { isKept } from './encoding';
import type { Place, Problems } from './problems';

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
  const refuse = (offset: number, message: string) => {
    problems.refuse(at(offset), message);
  };
  for (const { pos, code, message } of document.errors) refuse(pos[0], MESSAGES[code] ?? firstLine(message));
  const plain = document.errors.length > 0 ? undefined : plainOf(document, refuse);
  if (plain === undefined) return undefined;
  const place = (...path: Path) => at(offsetOf(document, path));
  const result = schema.safeParse(plain.value ?? {});
  if (result.success) return { value: result.data, place };
  for (const issue of result.error.issues) {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        problems.refuse(
          place(...path, key),
          `${key} is not known here; ${remedy(key, fieldNames(schema, path))}`,
        );
      }
    } else {
      const isOwn = issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input');
      const message = isOwn ? issue.message : `expected ${wordFor(issue.expected, fieldNames(schema, path))}`;
      problems.refuse(place(...path), `${told(path)}${message}`);
    }
  }
  return undefined;
}

/** For what a schema expects where it has no words of its own. */
function wordFor(type: string, fields: readonly string[]): string {
  if (type === 'object') return `${fields.join(': …, ')}: …`;
  return { array: 'a list', string: 'a text', boolean: 'true or false' }[type] ?? `a ${type}`;
}

const fieldNames = (schema: z.ZodType, path: Path) => Object.keys(fieldsOf(schemaAt(schema, path) ?? schema));

const MESSAGES: Readonly<Partial<Record<string, string>>> = {
  DUPLICATE_KEY: 'is there twice; keep one of the two',
  MULTIPLE_DOCS: 'begins a second document; take the line --- out',
};

/** What a document says, or undefined if it can't be read or kept: `refuse` gets why. */
function plainOf(document: Document, refuse: (offset: number, message: string) => void) {
  const wrong: [Node, string][] = [];
  visit(document, {
    Alias: (_, node) => {
      if (node.resolve(document) !== undefined) return;
      wrong.push([node, `*${node.source} stands for nothing; put it in quotes if it is a text`]);
    },
    Scalar: (_, node) => {
      if (typeof node.value !== 'string' || isKept(node.value)) return;
      wrong.push([node, 'has a character that no database keeps, such as \\0; take it out']);
    },
  });
  for (const [node, message] of wrong) refuse(node.range?.[0] ?? 0, message);
  if (wrong.length > 0) return undefined;
  try {
    return { value: document.toJS() as unknown };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    refuse(0, 'repeats itself too often by & and *; write it out');
    return undefined;
  }
}

/** A file in YAML to be changed. What `&` and `*` repeat is written out, or what goes would take it along. */
export function editableYaml(text: string): Document {
  const document = parseDocument(text);
  if (!text.includes('&')) return document;
  visit(document, { Alias: (_, node) => node.resolve(document)?.clone() as Node | undefined });
  visit(document, { Node: (_, node) => { if (!isAlias(node)) delete node.anchor; } }); // prettier-ignore
  return document;
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
  return document.contents?.range?.[0] ?? 0;
}

/** Of a list's entry the list. */
const told = (path: Path) => path.filter((part) => typeof part === 'string').slice(-1).map((name) => `${name}: `).join(''); // prettier-ignore
const firstLine = (text: string) => text.split('\n')[0] ?? '';
