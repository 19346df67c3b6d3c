import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { COMMON_OPTIONS, flagOf } from '../../cli/command';
import { COMMANDS } from '../../cli/commands';
import { completionOf } from '../../cli/completion';
import { shellWords } from '../../cli/make-variables';
import { helpOf, parse, Unparsed } from '../../cli/parse';
import { commandPages } from '../../docs/generate-commands';

const checkout = join(__dirname, '..', '..');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What is printed for a wrong command line, and the exit code. */
function refused(line: string): { code: number; said: string } {
  let said = '';
  const output = { out: () => undefined, err: (text: string) => (said += text) };
  try {
    parse(shellWords(line), output);
  } catch (error) {
    if (error instanceof Unparsed) return { code: error.exitCode, said };
    throw error;
  }
  throw new Error(`${line} was not refused`);
}

describe.each(COMMANDS)('bin/mastodon $name', (spec) => {
  test.each(Object.keys(spec.examples))('example: bin/mastodon %s', (line) => {
    expect(parse(shellWords(line)).spec).toBe(spec);
  });

  test('has a help that names each option and argument, and an example', () => {
    const help = helpOf(spec.name);
    const options = Object.keys({ ...spec.options, ...COMMON_OPTIONS }).map(flagOf);
    for (const name of [...options, ...Object.keys(spec.args ?? {})]) expect(help).toContain(name);
    expect(Object.keys(spec.examples)).not.toHaveLength(0);
    expect(help).toContain(`bin/mastodon ${Object.keys(spec.examples)[0] ?? ''}`);
  });

  test('each switch is set where it is given, and only there', () => {
    const switches = Object.entries(spec.options ?? {}).filter(([, { value }]) => value === undefined);
    const names = spec.name.split(' ');
    for (const [key] of switches) {
      const line = Object.keys(spec.examples).find((one) => !one.includes(flagOf(key))) ?? spec.name;
      const rest = shellWords(line).slice(names.length);
      expect([key, parse([...names, ...rest]).options[key]]).toEqual([key, false]);
      expect([key, parse([...names, flagOf(key), ...rest]).options[key]]).toEqual([key, true]);
    }
  });

  test('takes --stack, --local and --key', () => {
    const example = Object.keys(spec.examples).find((line) => !line.includes('--stack')) ?? spec.name;
    const { options } = parse([
      ...spec.name.split(' '),
      '--stack',
      'prod',
      '--local',
      '--key',
      'k',
      ...shellWords(example).slice(spec.name.split(' ').length),
    ]);
    expect(options).toMatchObject({ stack: 'prod', local: true, key: 'k' });
  });
});

test('options have the values that were given, or their defaults', () => {
  expect(parse(shellWords("restore --to '2026-11-23 05:00+00' --yes")).options).toMatchObject({
    to: '2026-11-23 05:00+00',
    dump: undefined,
    undoUpgrade: false,
    yes: true,
  });
  expect(parse(['preview-comment']).options.base).toBe('origin/main');
  expect(parse(['rehearse', '4.7.0']).options.slot).toBe('7');
});

test('a file is named relative to where the command is called, wherever it runs', () => {
  expect(parse(['recovery-kit', '--file', 'kit.age']).options.file).toBe('kit.age');
  const elsewhere = parse(['recovery-kit', '--file', 'kit.age', '--cwd', '/tmp']);
  expect(elsewhere.options).toMatchObject({ file: join(checkout, 'kit.age'), cwd: '/tmp' });
  expect(parse(['adopt-kit', 'kit.age', '--cwd', '/tmp']).args.kit).toBe(join(checkout, 'kit.age'));
});

test('options behind the first word of tootctl are its own', () => {
  const { options, args } = parse(
    shellWords('tootctl --stack prod accounts modify alice --role Admin --stack x'),
  );
  expect(options.stack).toBe('prod');
  expect(args.words).toEqual(['accounts', 'modify', 'alice', '--role', 'Admin', '--stack', 'x']);
});

test.each([
  ['stauts', /unknown command 'stauts'.*Did you mean status\?/s],
  ['restore --too now', /unknown option '--too'.*Did you mean --to\?/s],
  ['community pul', /unknown command 'pul'.*Did you mean pull\?/s],
  ['restore now', /too many arguments for 'restore'/],
  ['restore --to', /'--to <MOMENT>' argument missing/],
  ['restore --dump newest --from third', /Allowed choices are secondary/],
  ['rehearse', /missing required argument 'version'/],
  ['completion tcsh', /Allowed choices are bash, zsh, fish/],
  ['', /Usage: mastodon COMMAND/],
])('refuses "%s" with exit code 2', (line, message) => {
  const { code, said } = refused(line);
  expect(said).toMatch(message);
  expect(code).toBe(2);
});

test('the command line loads the program, Pulumi and the cloud API only for a command that needs them', () => {
  const { metafile } = buildSync({
    absWorkingDir: checkout,
    entryPoints: ['cli/main.ts'],
    bundle: true,
    platform: 'node',
    packages: 'external',
    metafile: true,
    write: false,
  });
  const loaded = new Set<string>();
  const load = (path: string) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const one of metafile.inputs[path]?.imports ?? []) if (one.kind !== 'dynamic-import') load(one.path);
  };
  load('cli/main.ts');
  const declarations = /^cli\/(commands\/)?[\w-]+\.ts$/;
  const modules = [...loaded].filter((path) => !path.startsWith('node:') && !declarations.test(path));
  expect(modules.sort()).toEqual([
    'cli/lib/checkout.ts',
    'cli/lib/pulumi-cli.ts',
    'cli/lib/spawned.ts',
    'commander',
  ]);
  // Not even then what is for trying out.
  const own = Object.entries(metafile.inputs).filter(([path]) => path.startsWith('cli/'));
  const imported = own.flatMap(([, { imports }]) => imports.map(({ path }) => path));
  expect(imported.filter((path) => /^(local|trials|__tests__)\//.test(path))).toEqual([]);
});

describe('without --stack', () => {
  test.each([
    ['init', 'the stack; default: asked for, or `prod` where there is no terminal'],
    ['preview-comment', 'the stack; default: `prod`'],
    ['status', 'the stack; default: the selected one'],
  ])('%s says in its help and on its page which stack it is', (name, text) => {
    expect(helpOf(name).replaceAll(/\s+/g, ' ')).toContain(text);
    expect(commandPages().get(`commands/${name}.md`)).toContain(text.replace('the stack', 'The stack'));
  });

  // Git knows the empty tree, which has no settings, by its number in every repository.
  test.each([
    [[], 'Pulumi.prod.yaml'],
    [['--stack', 'other'], 'Pulumi.other.yaml'],
  ])('or with it, preview-comment %j names the file of settings that is missing', (options, file) => {
    const words = ['preview-comment', '--base', '4b825dc642cb6eb9a060e54bf8d69288fbee4904', ...options];
    const { status, stdout, stderr } = spawnSync(join(checkout, 'bin', 'mastodon'), words, {
      encoding: 'utf8',
    });
    expect(stderr).toContain(`There is no ${file} in 4b825dc6`);
    expect([status, stdout]).toEqual([1, '']);
  });

  test('preview-comment names a base that Git can’t read', () => {
    const words = ['preview-comment', '--base', 'nowhere'];
    const { status, stderr } = spawnSync(join(checkout, 'bin', 'mastodon'), words, { encoding: 'utf8' });
    expect(stderr).toContain("--base nowhere: Git can't read it");
    expect(status).toBe(1);
  });
});

test('bin/mastodon runs from any folder', () => {
  const { status, stdout } = spawnSync(join(checkout, 'bin', 'mastodon'), ['community', '--help'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stdout).toContain('Usage: mastodon community COMMAND');
  expect(status).toBe(0);
});

test('bin/mastodon names on a fresh clone what to run', () => {
  const clone = join(folder, 'clone');
  mkdirSync(join(clone, 'bin'), { recursive: true });
  copyFileSync(join(checkout, 'bin', 'mastodon'), join(clone, 'bin', 'mastodon'));
  const { status, stderr } = spawnSync(join(clone, 'bin', 'mastodon'), ['status'], { encoding: 'utf8' });
  expect(stderr).toContain(`make -C '${clone}' node_modules/.package-lock.json`);
  expect(status).toBe(1);
});

test.each(['bash', 'zsh', 'fish'])('the completion of %s has every command and option', (shell) => {
  const script = completionOf(shell, COMMANDS);
  const flags = COMMANDS.flatMap(({ options = {} }) => Object.keys(options)).map(flagOf);
  for (const word of [...COMMANDS.flatMap(({ name }) => name.split(' ')), ...flags])
    expect(script).toContain(shell === 'fish' ? word.replace(/^--/, '-l ') : word);
});

test.each([
  ['st', 'status'],
  ['community p', 'pull preview'],
  ['restore --undo', '--undo-upgrade'],
  ['community pull --comm', '--community'],
  ['completion z', 'zsh'],
])('bash completes "%s" to "%s"', (typed, completed) => {
  const script = `${completionOf('bash', COMMANDS)}\nCOMP_WORDS=(mastodon $1); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _mastodon; echo "\${COMPREPLY[*]}"`;
  expect(execFileSync('bash', ['-c', script, 'bash', typed], { encoding: 'utf8' }).trim()).toBe(completed);
});

test('docs/commands.md is what npm run docs:commands writes, every target of the Makefile in it, and so is the page of each command', () => {
  const pages = commandPages();
  for (const [path, text] of pages) expect(readFileSync(join(checkout, 'docs', path), 'utf8')).toBe(text);
  const files = readdirSync(join(checkout, 'docs', 'commands')).map((name) => `commands/${name}`);
  expect(files.sort()).toEqual([...pages.keys()].filter((path) => path !== 'commands.md').sort());
});
