/** Writes docs/components.md from the comments in components/: `npm run docs:components`. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { commentOf } from './comments';

const FOLDER = join(__dirname, '..', 'components');

interface Row {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
}

/** The reference of all components, as Markdown. */
export function componentsPage(): string {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const sections = files.sort().flatMap((file) => {
    const source = ts.createSourceFile(
      file,
      readFileSync(join(FOLDER, file), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    return source.statements.filter(isComponent).flatMap((component) => section(file, component, source));
  });
  return [
    '# Components',
    '',
    'Generated from the comments in `components/` by `npm run docs:components`. A program of your own makes a whole server by `MastodonServer`',
    '([examples/two-servers](../examples/two-servers)); the others are its parts.',
    '',
    ...sections,
  ].join('\n');
}

/** Those that others can make; what is only drawn inside of another is not exported. */
function isComponent(statement: ts.Statement): statement is ts.ClassDeclaration {
  return (
    ts.isClassDeclaration(statement) &&
    Boolean(statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) &&
    Boolean(
      statement.heritageClauses?.some((clause) => clause.getText().includes('pulumi.ComponentResource')),
    )
  );
}

function section(file: string, component: ts.ClassDeclaration, source: ts.SourceFile): string[] {
  const name = component.name?.text ?? '';
  const args = source.statements
    .filter(ts.isInterfaceDeclaration)
    .find((one) => one.name.text === `${name}Args`);
  const given = (args?.members ?? []).flatMap((member) =>
    ts.isPropertySignature(member) ? [row(member)] : [],
  );
  const gives = component.members
    .filter(ts.isPropertyDeclaration)
    .filter((member) => !member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword))
    .map(row);
  return [
    `## ${name}`,
    '',
    `${commentOf(component)} (\`components/${file}\`)`,
    '',
    ...table('argument', given),
    ...table('output', gives),
  ];
}

function row(member: ts.PropertySignature | ts.PropertyDeclaration): Row {
  const type = (member.type?.getText() ?? '').replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
  return {
    name: `${member.name.getText()}${member.questionToken ? '?' : ''}`,
    type,
    meaning: commentOf(member),
  };
}

function table(what: string, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const lines = rows.map(({ name, type, meaning }) => `| \`${name}\` | \`${type}\` | ${meaning} |`);
  return [`| ${what} | type | meaning |`, '| --- | --- | --- |', ...lines, ''];
}

if (require.main === module) writeFileSync(join(__dirname, 'components.md'), componentsPage());
