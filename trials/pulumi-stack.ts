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
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ensureToolchain } from '../local/toolchain';
import { type DeployedResource, type Deployment, type EngineEvent, PulumiError, type Result } from './engine';

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

/** A state as the file backend keeps it (`apitype.VersionedCheckpoint`). */
interface Checkpoint {
  checkpoint: { latest?: { resources?: DeployedResource[] } };
}

/** A stack of a project on a file backend of its own. Commands run with the real engine; those that fail reject with PulumiError. */
export class PulumiStack {
  readonly name: string;
  /** The program: another one may take its place. */
  projectDir: string;
  /** Added to the environment of the commands that follow. */
  variables: Readonly<Record<string, string>> = {};
  /** The engine's events of the last command, as JSON lines. */
  readonly eventLog: string;
  /** Commands that write the stack's settings run here, on the same program, so that the project's folder stays as it is. */
  protected readonly settingsDir: string;
  private readonly configFile: string;

  protected running?: ChildProcess;

  /** Makes a stack, or opens the one in the folder of the options. */
  static async open<S extends PulumiStack>(
    this: new (...args: ConstructorParameters<typeof PulumiStack>) => S,
    options: StackOptions,
  ): Promise<S> {
    const { pulumi, env } = await ensureToolchain();
    const stack = new this(
      options.folder ?? mkdtempSync(join(tmpdir(), 'pulumi-stack-')),
      options,
      pulumi,
      env,
    );
    if (!existsSync(stack.backend)) await stack.init();
    return stack;
  }

  /** Use {@link open}. */
  constructor(
    private readonly folder: string,
    private readonly options: StackOptions,
    protected readonly pulumi: string,
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

  private async init(): Promise<void> {
    mkdirSync(this.backend, { recursive: true });
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
    return this.execute([...args, '--cwd', this.settingsDir]);
  }

  /** Runs the program. */
  protected operate(command: string, flags: string[]): Promise<Result> {
    const events = this.eventLog;
    rmSync(events, { force: true });
    const project = ['--cwd', this.projectDir, '--config-file', this.configFile];
    return this.execute([command, ...flags, ...project, '--event-log', events], events);
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

  protected env(): NodeJS.ProcessEnv {
    return {
      ...this.baseEnv,
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
  const checkout = join(__dirname, '..');
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

export interface Finished {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export function runCommand(
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
