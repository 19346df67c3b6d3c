/** What a program says: the texts in its strings, and the titles of its tests. */
import { spawnSync } from 'node:child_process';
import ts from 'typescript';
import { parseDocument, visit } from 'yaml';
import { blank, isPython, lineOf, type Prose } from './comments';

/** Two words at least, and a space: all else is a name or a key. */
const SENTENCE = /\p{L}{2,}.*\s.*\p{L}{2,}/su;

/** A file's messages; of a file of tests, its titles and errors, as its other strings are examples and what is expected. */
export function messagesOf(path: string, text: string): readonly Prose[] {
  return stringsOf(path, text).filter(({ text: message }) => SENTENCE.test(message));
}

function stringsOf(path: string, text: string): readonly Prose[] {
  if (path.endsWith('.test.ts')) return ofTest(path, text);
  if (/\.[cm]?[jt]s$/.test(path)) return textsBelow(parsed(path, text));
  if (path.endsWith('_test.py')) return pythonTitles(text);
  if (isPython(path, text)) return matches(text, PYTHON);
  if (path.endsWith('.sh') || /^#!.*\b(ba)?sh\n|^# shellcheck shell=/.test(text)) return ofShell(path, text);
  if (/\.ya?ml$/.test(path)) return ofYaml(text);
  if (/\.(rb|rake|ru)$|(^|\/)(Gem|Rake)file$/.test(path)) return matches(text, RUBY);
  if (/\.(go|json)$/.test(path)) return matches(text, GO);
  if (/\.(html|erb)$/.test(path)) return [{ line: 1, text: text.replaceAll(/<[^>]*>/g, blank) }];
  return matches(text, DESCRIPTION);
}

/** Matches of the pattern's named groups; what is put into the strings is blank. */
const matches = (text: string, pattern: RegExp): readonly Prose[] =>
  [...text.matchAll(pattern)].flatMap(({ index, groups = {} }) =>
    Object.values(groups)
      .filter(Boolean)
      .map((content) => ({
        line: lineOf(text, index),
        text: content.replaceAll(/[#$]?\{[^{}]*\}/g, blank),
      })),
  );

/** Comments come first, so that a quote in one begins no string. Python's texts of three quotes are with the comments. */
const PYTHON = /#[^\n]*|""".*?"""|"(?<a>(?:[^"\\\n]|\\.)*)"|'(?<b>(?:[^'\\\n]|\\.)*)'/gs;
const RUBY = /(?<!["'\w])#(?!\{).*|"(?<a>(?:[^"\\]|\\.)*)"|'(?<b>(?:[^'\\]|\\.)*)'/g;
const GO = /\/\/.*|\/\*[^]*?\*\/|"(?<a>(?:[^"\\\n]|\\.)*)"|`(?<b>[^`]*)`/g;
/** Of a unit of systemd. */
const DESCRIPTION = /^Description=(?<a>.*)$/gm;

const pythonTitles = (text: string): readonly Prose[] =>
  matches(text, /^ *def test_(?<a>\w+)/gm).map(({ line, text: name }) => ({
    line,
    text: name.replaceAll('_', ' '),
  }));

const parsed = (path: string, text: string) => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);

/** The strings of a piece of code. Keys are names. */
function textsBelow(root: ts.Node): readonly Prose[] {
  const source = root.getSourceFile();
  const found: Prose[] = [];
  const look = (node: ts.Node) => {
    const text = textOf(node);
    if (text !== undefined)
      found.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, text });
    ts.forEachChild(node, (child) => {
      if (!ts.isPropertyAssignment(node) || child !== node.name) look(child);
    });
  };
  look(root);
  return found;
}

/** A string as it is written, without its quotes; what is put into it is blank. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.getText().slice(1, -1);
  if (!ts.isTemplateExpression(node)) return undefined;
  const begin = node.getStart();
  const text = node.templateSpans.reduce((left, { expression }) => {
    // With `${` and `}`.
    const [from, to] = [expression.getFullStart() - begin - 2, expression.getEnd() - begin + 1];
    return left.slice(0, from) + blank(left.slice(from, to)) + left.slice(to);
  }, node.getText());
  return text.slice(1, -1);
}

function ofTest(path: string, text: string): readonly Prose[] {
  const found: Prose[] = [];
  const look = (node: ts.Node) => {
    if (ts.isNewExpression(node)) found.push(...(node.arguments ?? []).flatMap(textsBelow));
    const [title] = ts.isCallExpression(node) && isTest(node.expression) ? node.arguments : [];
    if (title) found.push(...textsBelow(title));
    ts.forEachChild(node, look);
  };
  look(parsed(path, text));
  return found;
}

/** `test`, `describe.skip`, or what `test.each(…)` returns. */
function isTest(called: ts.Expression): boolean {
  const text = called.getText();
  return /^(test|it|describe)\b/.test(text) && !text.endsWith('.each');
}

function ofYaml(text: string): readonly Prose[] {
  const found: Prose[] = [];
  visit(parseDocument(text), {
    Scalar: (key, { value, range }) => {
      if (key !== 'key' && typeof value === 'string' && range)
        found.push({ line: lineOf(text, range[0]), text: text.slice(range[0], range[1]) });
    },
  });
  return found;
}

/** A node of shfmt's syntax tree. */
interface ShellNode {
  readonly Type?: string;
  readonly Value?: string;
  readonly Parts?: readonly ShellNode[];
  readonly Pos: { readonly Line: number };
}

function ofShell(path: string, text: string): readonly Prose[] {
  const options = { input: text, encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  const { status, stdout, stderr } = spawnSync('shfmt', ['--language-dialect', 'bash', '--to-json'], options);
  if (status !== 0) throw new Error(`${path}: shfmt can't read it: ${stderr}`);
  const found: Prose[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { Type, Value = '', Parts, Pos } = value as ShellNode;
    if (Type === 'SglQuoted') found.push({ line: Pos.Line, text: Value });
    // A string, or a document that is given as input. An expansion is one word.
    if (Parts) {
      const literals = Parts.map((part) => (part.Type === 'Lit' ? (part.Value ?? '') : '…'));
      found.push({ line: Parts[0]?.Pos.Line ?? Pos.Line, text: literals.join('') });
    }
    Object.values(value).forEach(look);
  };
  look(JSON.parse(stdout));
  return found;
}
