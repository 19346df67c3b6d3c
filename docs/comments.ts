import ts from 'typescript';

/** The doc comment of a declaration, on one line, fit for a cell of a table. */
export function commentOf(node: ts.Node | undefined): string {
  const docs = node ? (ts.getJSDocCommentsAndTags(node)[0]?.getText() ?? '') : '';
  const lines = docs.replace(/^\/\*\*|\*\/$/g, '').split('\n');
  return lines
    .map((line) => line.replace(/^\s*\*?\s*/, '').trim())
    .filter(Boolean)
    .join(' ')
    .replaceAll('|', '\\|');
}
