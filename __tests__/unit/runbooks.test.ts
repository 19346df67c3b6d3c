/** In an emergency, the commands in the documents must work. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const checkout = join(__dirname, '..', '..');
const read = (...path: string[]) => readFileSync(join(checkout, ...path), 'utf8');
/** Files below a folder that end so; not those of packages, which `make docs` installs there. */
const files = (folder: string, end: string) =>
  readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(end) && !path.startsWith('node_modules/'))
    .map((path) => join(folder, path));

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
    .filter((code) => /^(make|sudo|ssh|pulumi|systemctl|journalctl|npm run) \w/.test(code));
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
const operations = files('operations', '.ts')
  .map((file) => read(file))
  .join('');

test.each(PAGES)('%s: each make target is there, and is told what it understands', (_, ...pages) => {
  for (const command of pages.flatMap(commandsOf)) {
    const [, target = '', rest = ''] = /^(?:[A-Z_]+=\S+ )*make ([a-z-]+)(.*)$/.exec(command) ?? [];
    if (!target) continue;
    expect(targets).toContain(target);
    for (const [, variable = ''] of rest.matchAll(/ ([A-Z_]+)=/g)) {
      expect(`${makefile}${operations}`).toMatch(new RegExp(`\\$\\((or )?\\$?\\(?${variable}|'${variable}'`));
    }
  }
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
