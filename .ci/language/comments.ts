/** The prose of a file: its comments, or, in Markdown, its text. */
import ts from 'typescript';

/** A piece of prose, and the line that it begins on. */
export interface Prose {
  readonly line: number;
  readonly text: string;
}

/** What is not prose: code, targets of links, addresses, HTML, commands. Lines stay, so that places stay right. */
const NOT_PROSE = [
  /```.*?```/gs,
  /`[^`\n]*`/g,
  /\]\([^)\s]*\)/g,
  /https?:\S+/g,
  /<[^>\n]+>/g,
  /bin\/mastodon [a-z-]+/g,
];
export const blank = (text: string) => text.replaceAll(/[^\n]/g, '·');

export function withoutCode(text: string): string {
  return NOT_PROSE.reduce((left, pattern) => left.replaceAll(pattern, blank), text);
}

export const lineOf = (text: string, position: number) => text.slice(0, position).split('\n').length;

/** Comments of TypeScript and JavaScript, by the compiler: `//` in a string is not one of them. */
function ofTypeScript(path: string, text: string): Prose[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const ranges = new Map<number, number>();
  const visit = (node: ts.Node) => {
    for (const { pos, end } of [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ])
      ranges.set(pos, end);
    node.getChildren(source).forEach(visit);
  };
  visit(source);
  return [...ranges].map(([pos, end]) => ({ line: lineOf(text, pos), text: text.slice(pos, end) }));
}

/** Matches of the pattern's first group, with their lines. */
function matches(text: string, pattern: RegExp): Prose[] {
  return [...text.matchAll(pattern)].map((match) => ({
    line: lineOf(text, match.index),
    text: match[1] ?? match[0],
  }));
}

/** Neither `#!` of a script nor `#{}` in a string of Ruby's. */
const HASH = /(?<=^|\s)#(?![!{])[^\S\n]?(.*)$/gm;
export const isPython = (path: string, text: string) => path.endsWith('.py') || /^#!.*\bpython3\n/.test(text);
const DOCSTRING = /"""(.*?)"""/gs;

/** The comments of a file, or its text, without code in it. A file of an unknown kind is read as one with `#` comments. */
export function proseOf(path: string, text: string): readonly Prose[] {
  const found = () => {
    if (path.endsWith('.md')) return [{ line: 1, text }];
    if (/\.[cm]?[jt]s$/.test(path)) return ofTypeScript(path, text);
    if (/\.(go|css)$/.test(path)) return matches(text, /(?:^|\s)(\/\/.*$|\/\*[^]*?\*\/)/gm);
    if (path.endsWith('.sql')) return matches(text, /--(.*)$/gm);
    const hash = matches(text, HASH);
    return isPython(path, text) ? [...hash, ...matches(text, DOCSTRING)] : hash;
  };
  return found()
    .map(({ line, text: prose }) => ({ line, text: withoutCode(prose) }))
    .sort((one, other) => one.line - other.line);
}
