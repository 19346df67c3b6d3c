/** The examples in the doc comments of components: each compiles and runs as a program of its own. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import ts from 'typescript';
import { type Component, components } from '../../docs/generate-components';
import { programSettings } from '../support/program-settings';
import { mockProgram, type Registered, settled } from '../../trials/program-mocks';

const checkout = join(__dirname, '..', '..');
const all = components();
// A project that depends on this one.
const folder = mkdtempSync(join(tmpdir(), 'examples-'));
const programOf = ({ name }: Component) => join(folder, `${name}.ts`);

beforeAll(() => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(checkout, join(folder, 'node_modules', 'mastodon-on-civo'));
  symlinkSync(join(checkout, 'node_modules', '@pulumi'), join(folder, 'node_modules', '@pulumi'));
  for (const component of all) writeFileSync(programOf(component), component.example ?? '');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.each(all)('$name has an example, and describes its inputs and outputs', (component) => {
  expect(component.example).toContain(`new ${component.name}(`);
  const rows = [...component.inputs, ...component.outputs];
  expect(rows.filter(({ meaning }) => meaning === '')).toEqual([]);
});

test('the examples have right types', () => {
  const path = join(checkout, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, (name) => ts.sys.readFile(name)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, checkout, {}, path);
  const program = ts.createProgram(all.map(programOf), options);
  const problems = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(folder))
    .flatMap((file) => ts.getPreEmitDiagnostics(program, file));
  expect(ts.flattenDiagnosticMessageText(problems[0]?.messageText, '\n')).toBe('');
});

describe('under mocks', () => {
  const registered: Registered[] = [];
  beforeAll(() => mockProgram(pulumi, programSettings('http://127.0.0.1:7480'), registered));
  beforeEach(() => {
    registered.length = 0;
  });

  test.each(all)('the example of $name creates it, and it registers its outputs', async (component) => {
    await import(programOf(component));
    await settled(pulumi);
    const created = registered.find(({ type }) => type === `mastodon:civo:${component.name}`);
    const outputs = component.outputs
      .filter(({ type }) => !type.includes('pulumi.Resource'))
      .map(({ name }) => name.replace('?', ''));
    expect(created).toBeDefined();
    expect(Object.keys(created?.outputs ?? {}).sort()).toEqual(outputs.sort());
  });
});
