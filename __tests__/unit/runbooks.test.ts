/** In an emergency, the commands in the documents must work. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { COMMON_OPTIONS, flagOf, targetOf } from '../../cli/command';
import { COMMANDS } from '../../cli/commands';
import { knownVariables, shellWords, wordsOf } from '../../cli/make-variables';
import { parse } from '../../cli/parse';
import { projectFiles } from '../support/project-files';

const checkout = join(__dirname, '..', '..');
const read = (...path: string[]) => readFileSync(join(checkout, ...path), 'utf8');
/** Files below a folder that end so. */
const files = (folder: string, end: string) => projectFiles(folder).filter((path) => path.endsWith(end));

const DECISIONS = 'docs/decisions';
/** Pages by name; all decisions are one. */
const PAGES: readonly [name: string, ...files: string[]][] = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...files('docs', '.md')]
    .filter((page) => !page.startsWith(`${DECISIONS}/`))
    .map((page): [string, string] => [page, page]),
  [DECISIONS, ...files(DECISIONS, '.md')],
];
/** Those whose commands are for a day on which something is wrong. */
const RUNBOOKS = ['docs/runbooks.md', 'docs/recovery.md', 'docs/backups.md', 'docs/forgotten.md'];

/** Commands of a page: the lines of its blocks, and the code in sentences. Comments, prompts and output are left out. */
function commandsOf(page: string): string[] {
  const text = read(page);
  const blocks = [...text.matchAll(/^ *```(?:sh|console)\n(.*?)^ *```$/gms)].flatMap(([block, lines = '']) =>
    lines.split('\n').filter((line) => !block.includes('```console') || line.startsWith('$ ')),
  );
  const sentences = [...text.replaceAll(/^ *```.*?^ *```$/gms, '').matchAll(/`([^`]+)`/g)]
    .map(([, code = '']) => code)
    .filter((code) =>
      /^(?:[A-Z_]+=\S+ )*(make|sudo|ssh|pulumi|systemctl|journalctl|npm run|bin\/mastodon) [a-z]/.test(code),
    );
  return [...blocks, ...sentences].flatMap((line) =>
    line
      .replace(/^\$ /, '')
      .replace(/(^|\s)#.*$/, '')
      .split(/ (?:&&|\|) /)
      .map((command) => command.trim())
      .filter(Boolean),
  );
}

const commands = RUNBOOKS.flatMap(commandsOf);

/** All matches of the pattern's group in the commands. */
const named = (pattern: RegExp) => [
  ...new Set(commands.flatMap((command) => [...command.matchAll(pattern)].map(([, name = '']) => name))),
];

const makefile = read('Makefile');
const targets = (/^\.PHONY: (.*)$/m.exec(makefile)?.[1] ?? '').split(' ');
/** Make's variables of a target that is not a command. */
const variablesOf = (target: string) =>
  (new RegExp(`^VARIABLES\\.${target} := (.*)$`, 'm').exec(makefile)?.[1] ?? '')
    .replace('$(LOCAL)', /^LOCAL := (.*)$/m.exec(makefile)?.[1] ?? '')
    .split(' ');

/** A command is there, and understands what is behind its name. */
function expectUnderstood(command: string): void {
  const words = shellWords(command);
  const start = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  const [program, ...others] = words.slice(start);
  if (program === 'bin/mastodon') {
    // A name alone, in a sentence, is no command line.
    if (!COMMANDS.some(({ name }) => name === others.join(' '))) parse(others);
    return;
  }
  if (program !== 'make' || others.length === 0) return;
  const [target = '', ...rest] = others.filter((word) => !word.startsWith('-'));
  expect(targets).toContain(target);
  const given = [...words.slice(0, start), ...rest].map((word) => {
    const [, name = '', value = ''] = /^([A-Z_]+)=(.*)$/s.exec(word) ?? [];
    return [name, value] as const;
  });
  const spec = COMMANDS.find((one) => targetOf(one) === target);
  for (const [name] of given.filter(([one]) => one !== ''))
    expect([target, ...(spec ? knownVariables(spec) : variablesOf(target))]).toContain(name);
  if (spec === undefined || given.length === 0) return;
  const variables = Object.fromEntries(given);
  parse(wordsOf(spec, shellWords(variables.FLAGS ?? ''), variables));
}

test.each(PAGES)('%s: each command is there, and is given what it understands', (_, ...pages) => {
  for (const command of pages.flatMap(commandsOf))
    if (/^(?:[A-Z_]+=\S+ )*(make|bin\/mastodon) [a-z-]/.test(command)) expectUnderstood(command);
});

/** Those that tell an administrator what to type; the others describe make's aliases, or what was. */
const INSTRUCTIONS = PAGES.filter(
  ([page]) => /^(README|SECURITY|docs\/)/.test(page) && !/^docs\/(commands|testing)\b/.test(page),
);
/** `make doctor`, where `bin/mastodon doctor` is meant. */
const ALIAS = new RegExp(`\\bmake (${COMMANDS.map(targetOf).join('|')})(?![\\w-])`, 'g');

test.each(INSTRUCTIONS)('%s: what an administrator runs is named bin/mastodon', (_, ...pages) => {
  expect(pages.flatMap(commandsOf).filter((command) => command.search(ALIAS) >= 0)).toEqual([]);
});

/** What may print a command, or have it in a comment. */
const SOURCES = [
  'cli',
  'trials',
  'components',
  'community-files',
  'settings',
  'policies',
  'cloud-init',
  'local',
  'monitoring',
  'examples',
  '.ci',
  '.github',
].flatMap((folder) => projectFiles(folder));

test('each command that a message names is there, and has the options that it is given', () => {
  const named = SOURCES.flatMap((file) =>
    [...read(file).matchAll(/bin\/mastodon ([a-z][a-z-]*)( [a-z-]+)?([^;`\n]*)/g)].map(
      ([line, first = '', second = '', rest = '']) => ({ file, line, first, second, rest }),
    ),
  );
  expect(named.length).toBeGreaterThan(40);
  for (const { file, line, first, second, rest } of named) {
    const spec = COMMANDS.find(({ name }) => name === first || name === `${first}${second}`);
    if (spec === undefined) throw new Error(`${file}: ${line}`);
    if (spec.passThrough) continue;
    const known = Object.keys({ ...COMMON_OPTIONS, ...spec.options }).map(flagOf);
    const [given] = rest.split(/bin\/mastodon|\\n/);
    for (const [option] of (given ?? '').matchAll(/--[a-z-]+/g)) expect([file, ...known]).toContain(option);
  }
});

test('no message names make in the place of bin/mastodon', () => {
  const found = SOURCES.flatMap((file) =>
    [...read(file).matchAll(ALIAS)].map(([alias]) => `${file}: ${alias}`),
  );
  expect(found).toEqual([]);
});

const rules = (
  parseYaml(read('monitoring', 'alerts.yml')) as {
    groups: { rules: { alert: string; annotations: { action: string } }[] }[];
  }
).groups.flatMap((group) => group.rules);

test.each(rules)(
  'alert $alert names commands that are there, and headings of runbooks',
  ({ annotations }) => {
    const { action } = annotations;
    const named = [...action.matchAll(/`([^`]+)`/g)].map(([, command = '']) => command);
    for (const command of named) {
      expect(command).toMatch(/^bin\/mastodon /);
      expectUnderstood(command);
    }
    expect(action.replaceAll(/`[^`]+`/g, '')).not.toMatch(/make |bin\/mastodon/);
    const [, page, heading = ''] = /(docs\/[\w-]+\.md): (.*)$/.exec(action) ?? [];
    if (page !== undefined) expect(headingsOf(page)).toContain(heading.replaceAll(' ', '-'));
  },
);

test('each unit whose logs an alert or a runbook asks for is on the machine', () => {
  const known = ['service', 'container', 'timer']
    .flatMap((kind) => files('cloud-init', `.${kind}`))
    .map((file) => basename(file).replace(/\.\w+$/, ''));
  const texts = [
    ...rules.map(({ annotations }) => annotations.action),
    ...RUNBOOKS.map((page) => read(page)),
  ];
  const units = texts.flatMap((text) =>
    [...text.matchAll(/bin\/mastodon logs ([\w@-]+)/g)].map(([, unit = '']) => unit),
  );
  expect(units.length).toBeGreaterThan(2);
  // `web` and `web@1` are of mastodon-web@.
  for (const unit of units)
    expect(known.map((name) => name.replace(/@.*$/, ''))).toContain(`mastodon-${unit.replace(/@.*$/, '')}`);
});

test('each of our scripts that a runbook names is on the machine', () => {
  const scripts = [
    ...named(/(\/usr\/local\/[\w/-]+)/g),
    ...named(/sudo (mastodon-\w+)/g).map((name) => `/usr/local/sbin/${name}`),
  ];
  expect(scripts.length).toBeGreaterThan(2);
  for (const script of scripts)
    expect(
      ['root', 'handover'].filter((tree) => existsSync(join(checkout, 'cloud-init', tree, script))),
    ).toHaveLength(1);
});

test('each unit that a runbook names is on the machine', () => {
  const units = commands
    .filter((command) => /systemctl|journalctl/.test(command))
    .flatMap((command) => command.match(/mastodon[\w@*.-]*/g) ?? [])
    .map((unit) => (/\.\w+$/.test(unit) ? unit : `${unit}.service`));
  expect(units.length).toBeGreaterThan(2);
  const known = [
    ...['service', 'timer', 'target'].flatMap((kind) => files('cloud-init', `.${kind}`)),
    ...files('cloud-init', '.container'),
  ].map((file) => basename(file).replace(/\.container$/, '.service'));
  for (const unit of units) {
    // mastodon-web@1.service is one of mastodon-web@.service.
    expect(known).toContain(unit.replace(/@[\w*]+\./, '@.'));
  }
});

test('each setting that a runbook changes is one', () => {
  const settings = [...read('docs', 'settings.md').matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
  const changed = named(/pulumi config set (?:--(?:path|secret) )*'?([\w.[\]]+)/g);
  expect(changed.length).toBeGreaterThan(4);
  for (const name of changed) expect(settings).toContain(name.replaceAll(/\[\d+\]/g, '[]'));
});

test.each(PAGES)('%s: each link leads to a page and a heading that are there', (_, ...pages) => {
  for (const page of pages) {
    const links = [...read(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
    for (const [, path = '', heading] of links) {
      const target = path === '' ? page : join(dirname(page), path);
      expect(existsSync(join(checkout, target))).toBe(true);
      if (heading !== undefined) expect(headingsOf(target)).toContain(heading);
    }
  }
});

/** As GitHub makes them. */
const headingsOf = (page: string) =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
