/** Writes docs/components.md from the comments in components/: `npm run docs:components`. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { commentOf, exampleOf } from './comments';

const FOLDER = join(__dirname, '..', 'components');

interface Row {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
}

/** A component as its file describes it. */
export interface Component {
  readonly name: string;
  /** Its file in `components/`. */
  readonly file: string;
  readonly meaning: string;
  readonly inputs: readonly Row[];
  readonly outputs: readonly Row[];
  /** A program that creates it. */
  readonly example?: string;
}

/** Every component, in the order of their files. */
export function components(): readonly Component[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.sort().flatMap((file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    return source.statements.filter(isComponent).map((one) => described(file, one, source));
  });
}

/** The reference of all components, as Markdown. */
export function componentsPage(): string {
  return [
    '# Components',
    '',
    'Generated from the comments in `components/` by `npm run docs:components`. `MastodonServer` is a whole server',
    '([examples/two-servers](../examples/two-servers)); the others are its parts, and each can be used alone. The first argument of each is a',
    'name, the last are the usual options of Pulumi. The examples run in `__tests__/unit/component-examples.test.ts`.',
    '',
    ...components().flatMap(section),
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

function described(file: string, component: ts.ClassDeclaration, source: ts.SourceFile): Component {
  const name = component.name?.text ?? '';
  const args = source.statements
    .filter(ts.isInterfaceDeclaration)
    .find((one) => one.name.text === `${name}Args`);
  const inputs = (args?.members ?? []).flatMap((member) =>
    ts.isPropertySignature(member) ? [row(member)] : [],
  );
  const outputs = component.members
    .filter(ts.isPropertyDeclaration)
    .filter((member) => !member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword))
    .map(row);
  return { name, file, meaning: commentOf(component), inputs, outputs, example: exampleOf(component) };
}

function section({ name, file, meaning, inputs, outputs, example = '' }: Component): string[] {
  return [
    `## ${name}`,
    '',
    `${meaning} (\`components/${file}\`)`,
    '',
    ...table('input', inputs),
    ...table('output', outputs),
    `\`\`\`ts\n${example}\`\`\``,
    '',
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
