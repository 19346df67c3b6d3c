import ts from 'typescript';

/** The doc comment of a declaration without its example, on one line, fit for a cell of a table. */
export function commentOf(node: ts.Node | undefined): string {
  const [meaning = ''] = docLines(node)
    .join('\n')
    .split(/^@example$/m);
  return meaning
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join(' ')
    .replaceAll(/\{@link ([^}]+)\}/g, '`$1`')
    .replaceAll('|', '\\|');
}

/** The program in the example of a declaration's doc comment. */
export function exampleOf(node: ts.Node): string | undefined {
  return /^@example\n```ts\n([^]*?)^```$/m.exec(docLines(node).join('\n'))?.[1];
}

function docLines(node: ts.Node | undefined): string[] {
  const docs = node ? (ts.getJSDocCommentsAndTags(node)[0]?.getText() ?? '') : '';
  return docs.replace(/^\/\*\*|\*\/$/g, '').split('\n').map((line) => line.replace(/^\s*\*? ?/, '')); // prettier-ignore
}
