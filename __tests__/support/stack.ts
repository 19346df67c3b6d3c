import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ensureToolchain } from '../../local/toolchain';
import { timed } from './timing';
import { compileCache } from './compile-cache';

/** A value of the stack's configuration. Objects and lists are set whole. */
export type ConfigValue = string | number | boolean | object | { secret: string };

export interface StackOptions {
  /** A folder with a Pulumi.yaml, used in place. */
  projectDir?: string;
  /** Instead: the files of a small project (path → content), laid out in a folder of its own. */
  files?: Readonly<Record<string, string>>;
  /** The stack's name; `test` by default. */
  name?: string;
  /** `project:key` or `key` → value. Kept outside of projectDir. */
  config?: Readonly<Record<string, ConfigValue>>;
  /** Added to the environment of every command. */
  env?: Readonly<Record<string, string>>;
  /** Where its state and settings are kept: a new folder, or one that an earlier stack of that name was kept in. Default: a temporary one. */
  folder?: string;
}

/** One event of the engine, as in Pulumi's `apitype.EngineEvent`. */
export interface EngineEvent {
  sequence: number;
  timestamp: number;
  resourcePreEvent?: { metadata: StepMetadata };
  resOutputsEvent?: { metadata: StepMetadata };
  resOpFailedEvent?: { metadata: StepMetadata };
  diagnosticEvent?: { urn?: string; message: string; severity: string };
  summaryEvent?: { resourceChanges: Record<string, number>; durationSeconds: number };
  [kind: string]: unknown;
}

/** One step that the engine takes for one resource. */
export interface StepMetadata {
  /** `same`, `create`, `update`, `replace`, `delete`… */
  op: string;
  urn: string;
  type: string;
  /** The properties that differ, at the top level. */
  diffs?: string[];
  /** Those of them that a replacement is for. */
  keys?: string[];
  detailedDiff?: Record<string, { diffKind: string; inputDiff: boolean }> | null;
  /** The resource as the state knows it, and as it will be. */
  old?: { inputs?: Record<string, unknown> } | null;
  new?: { inputs?: Record<string, unknown> } | null;
}

/** What one command did. */
export interface Result {
  exitCode: number;
  stdout: string;
  stderr: string;
  seconds: number;
  events: EngineEvent[];
  /** How many resources had which step: `{ create: 3, same: 1 }`. */
  changes: Record<string, number>;
}

/** A command that failed: its message holds all that it printed, `result` the rest. */
export class PulumiError extends Error {
  constructor(
    readonly command: string,
    readonly result: Result,
  ) {
    super(`${command}: exit code ${result.exitCode.toString()}\n${result.stdout}\n${result.stderr}`);
  }
}

/** A state as `pulumi stack export` writes it. */
export interface Deployment {
  version: number;
  deployment: { resources?: DeployedResource[]; [part: string]: unknown };
}

export interface DeployedResource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  protect?: boolean;
  [part: string]: unknown;
}

/** A state as the file backend keeps it (`apitype.VersionedCheckpoint`). */
interface Checkpoint {
  checkpoint: { latest?: { resources?: DeployedResource[] } };
}

/**
 * Makes a stack of a project on a file backend of its own, or opens the one in `folder`. Commands run with the real
 * engine; those that fail reject with PulumiError.
 */
export async function createStack(options: StackOptions): Promise<Stack> {
  const toolchain = await ensureToolchain();
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'pulumi-stack-'));
  const known = existsSync(join(folder, 'backend'));
  mkdirSync(join(folder, 'backend'), { recursive: true });
  const stack = new Stack(folder, options, toolchain.pulumi, toolchain.env);
  stack.begun = known;
  if (!known) await stack.init();
  return stack;
}

export class Stack {
  readonly name: string;
  /** The program: another one may take its place. */
  projectDir: string;
  /** Added to the environment of the commands that follow. */
  variables: Readonly<Record<string, string>> = {};
  /** Whether an `up` was begun before: the next one is then not counted as the first. */
  begun = false;
  /** The engine's events of the last command, as JSON lines. */
  readonly eventLog: string;
  /** Commands that write the stack's settings run here, on the same program, so that the project's folder stays as it is. */
  private readonly settingsDir: string;
  private readonly configFile: string;

  private running?: ChildProcess;

  /** Use {@link createStack}. */
  constructor(
    private readonly folder: string,
    private readonly options: StackOptions,
    private readonly pulumi: string,
    private readonly baseEnv: NodeJS.ProcessEnv,
  ) {
    this.name = options.name ?? 'test';
    this.eventLog = join(folder, 'events.jsonl');
    this.projectDir = options.projectDir ?? writeProject(join(folder, 'project'), options.files ?? {});
    this.settingsDir = join(folder, 'settings');
    mkdirSync(this.settingsDir, { recursive: true });
    const project = parse(readFileSync(join(this.projectDir, 'Pulumi.yaml'), 'utf8')) as object;
    writeFileSync(join(this.settingsDir, 'Pulumi.yaml'), stringify({ ...project, main: this.projectDir }));
    this.configFile = join(this.settingsDir, `Pulumi.${this.name}.yaml`);
  }

  async init(): Promise<void> {
    await this.run(['stack', 'init', '--no-select']);
    await this.setConfig(this.options.config ?? {});
  }

  /** Sets configuration values, as if written into the stack's settings file; `undefined` removes one. */
  async setConfig(values: Readonly<Record<string, ConfigValue | undefined>>): Promise<void> {
    const settings = (parse(readFileSync(this.configFile, 'utf8')) ?? {}) as {
      config?: Record<string, unknown>;
    };
    const config = new Map(Object.entries(settings.config ?? {}));
    const secrets: string[] = [];
    for (const [name, value] of Object.entries(values)) {
      const key = name.includes(':') ? name : `${this.projectName()}:${name}`;
      if (value === undefined) config.delete(key);
      else if (isSecret(value)) secrets.push('--secret', `${key}=${value.secret}`);
      else config.set(key, value);
    }
    settings.config = Object.fromEntries(config);
    writeFileSync(this.configFile, stringify(settings));
    if (secrets.length > 0) await this.run(['config', 'set-all', ...secrets]);
  }

  private projectName(): string {
    return (parse(readFileSync(join(this.projectDir, 'Pulumi.yaml'), 'utf8')) as { name: string }).name;
  }

  up(...flags: string[]): Promise<Result> {
    return this.operate('up', ['--yes', '--skip-preview', ...flags]);
  }

  /** With `expectNoChanges` any change is an error. */
  preview(options: { expectNoChanges?: boolean; flags?: string[] } = {}): Promise<Result> {
    const { expectNoChanges = false, flags = [] } = options;
    return this.operate('preview', [...(expectNoChanges ? ['--expect-no-changes'] : []), '--diff', ...flags]);
  }

  refresh(...flags: string[]): Promise<Result> {
    return this.operate('refresh', ['--yes', '--skip-preview', ...flags]);
  }

  destroy(...flags: string[]): Promise<Result> {
    return this.operate('destroy', ['--yes', '--skip-preview', ...flags]);
  }

  async outputs<T = Record<string, unknown>>({ showSecrets = false } = {}): Promise<T> {
    const flags = showSecrets ? ['--show-secrets'] : [];
    const { stdout } = await this.run(['stack', 'output', '--json', ...flags]);
    return JSON.parse(stdout) as T;
  }

  async export(): Promise<Deployment> {
    return JSON.parse((await this.run(['stack', 'export'])).stdout) as Deployment;
  }

  /** What the state has, read from its file: the same as {@link export} reports, without starting a process for it. */
  resources(): DeployedResource[] {
    const file = join(this.backend, '.pulumi', 'stacks', this.projectName(), `${this.name}.json`);
    const { checkpoint } = JSON.parse(readFileSync(file, 'utf8')) as Checkpoint;
    return checkpoint.latest?.resources ?? [];
  }

  async import(deployment: Deployment): Promise<void> {
    const file = join(this.folder, 'import.json');
    writeFileSync(file, JSON.stringify(deployment));
    await this.run(['stack', 'import', '--file', file]);
  }

  /** Sends a signal to the command that runs, as Ctrl-C in a terminal does. */
  signal(signal: NodeJS.Signals): void {
    this.running?.kill(signal);
  }

  /** Where Pulumi keeps its state. */
  get backend(): string {
    return join(this.folder, 'backend');
  }

  /** Of the command that runs, or ran last. */
  get processId(): number | undefined {
    return this.running?.pid;
  }

  /** Removes the temporary folder. What the stack made stays: destroy it first. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Any other command of the CLI, on this stack; it doesn't see the program. */
  run(args: string[]): Promise<Result> {
    return timed('pulumi', () => this.execute([...args, '--cwd', this.settingsDir]));
  }

  /** A command on this stack, as its make target runs it, with make's variables. `programs`: a folder whose programs come first. With `onTerminal` it has a terminal, where that is typed; `flags` are its own. */
  operation(
    name: string,
    variables: Readonly<Record<string, string>> = {},
    options: { programs?: string; onTerminal?: string; flags?: readonly string[] } = {},
  ): Promise<Finished> {
    const checkout = join(__dirname, '..', '..');
    const program = [join(checkout, 'node_modules', '.bin', 'tsx'), join(checkout, 'cli', 'make.ts'), name];
    const command = [...program, ...(options.flags ?? []), '--stack', this.name, '--cwd', this.settingsDir];
    const path = [options.programs, dirname(this.pulumi), process.env.PATH].filter(Boolean).join(delimiter);
    const env = { ...this.env(), PATH: path, ...variables };
    if (options.onTerminal === undefined) {
      const [file = '', ...args] = command;
      return timed('pulumi', () => runCommand(file, args, env, (child) => (this.running = child)));
    }
    // util-linux's script makes the terminal.
    const line = command.map((word) => `'${word}'`).join(' ');
    const args = ['--quiet', '--return', '--log-out', '/dev/null', '--command', line];
    const started = (child: ChildProcess) => (this.running = child);
    return timed('pulumi', () => runCommand('script', args, env, started, options.onTerminal));
  }

  private operate(command: string, flags: string[]): Promise<Result> {
    const events = this.eventLog;
    rmSync(events, { force: true });
    const project = ['--cwd', this.projectDir, '--config-file', this.configFile];
    const kind = command === 'up' && !this.begun ? 'first up' : 'pulumi';
    this.begun ||= command === 'up';
    return timed(kind, () => this.execute([command, ...flags, ...project, '--event-log', events], events));
  }

  private async execute(args: string[], events = ''): Promise<Result> {
    const start = performance.now();
    const finished = await runCommand(
      this.pulumi,
      [...args, '--stack', this.name, '--non-interactive'],
      this.env(),
      (child) => (this.running = child),
    );
    const log = events === '' ? [] : readEvents(events);
    const changes = log.findLast((event) => event.summaryEvent)?.summaryEvent?.resourceChanges ?? {};
    const result = { ...finished, seconds: (performance.now() - start) / 1_000, events: log, changes };
    if (result.exitCode !== 0) throw new PulumiError(`pulumi ${args.join(' ')}`, result);
    return result;
  }

  private env(): NodeJS.ProcessEnv {
    return {
      ...this.baseEnv,
      ...compileCache(),
      PULUMI_BACKEND_URL: `file://${this.backend}`,
      PULUMI_CONFIG_PASSPHRASE: 'test',
      PULUMI_DEBUG_COMMANDS: 'true', // shows the flag --event-log, which the Automation API uses, too
      ...this.options.env,
      ...this.variables,
    };
  }
}

/** The packages that programs import are the checkout's own. */
function writeProject(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  const checkout = join(__dirname, '..', '..');
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  if (!('tsconfig.json' in files)) cpSync(join(checkout, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  return folder;
}

function isSecret(value: ConfigValue): value is { secret: string } {
  return typeof value === 'object' && 'secret' in value;
}

function readEvents(file: string): EngineEvent[] {
  try {
    const lines = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as EngineEvent);
  } catch {
    return []; // the command failed before the engine ran
  }
}

interface Finished {
  exitCode: number;
  stdout: string;
  stderr: string;
}

function runCommand(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  started: (child: ChildProcess) => void,
  input?: string,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    started(child);
    const output = { stdout: '', stderr: '' };
    child.stdin?.write(input);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ exitCode: code ?? 1, ...output });
    });
  });
}
