/** Pulumi's command line on the selected stack, and what the commands read from it. */
import { dirname } from 'node:path';
import type { ServerOutputs } from '../../components/outputs';
import { type Ended, spawned } from './spawned';

/** What a person has to correct. */
export class OperationError extends Error {}

const NO_PULUMI = new OperationError(
  'There is no pulumi on the PATH: see https://www.pulumi.com/docs/install',
);

export interface Finished extends Ended {
  readonly command: string;
}

/** The program's outputs; of an older program some are missing. */
export type Outputs = Partial<ServerOutputs>;

/** Who logs in to the machine. */
export interface Login {
  /** One of the stack's administrators; by default the one with the user's own name, or the first one. */
  readonly admin?: string | undefined;
  /** The file of a private key; by default SSH chooses. */
  readonly key?: string | undefined;
}

/** The commands that run the program. They take `--config-file`. */
const RUNS_PROGRAM = new Set(['up', 'preview', 'refresh', 'destroy']);

/** A stack, and who logs in to its machine. */
export interface Selection {
  /** `--stack` and its name; none for the selected stack. */
  readonly flags: readonly string[];
  readonly login: Login;
  /** The file of the stack's settings, beside a Pulumi.yaml, if they are not in the project's folder. */
  readonly settings?: string | undefined;
}

/** Pulumi's commands on a stack. */
export class PulumiCli {
  constructor(readonly selection: Selection) {}

  get login(): Login {
    return this.selection.login;
  }

  /** A command's arguments, with the stack. */
  private withStack(args: readonly string[]): string[] {
    const { flags, settings } = this.selection;
    if (settings === undefined) return [...args, ...flags];
    const place = RUNS_PROGRAM.has(args[0] ?? '')
      ? ['--config-file', settings]
      : ['--cwd', dirname(settings)];
    return [...args, ...place, ...flags];
  }

  /**
   * The standard output of a command.
   * @throws OperationError with all that it said, if it fails
   */
  async output(args: readonly string[], input?: string): Promise<string> {
    const done = await this.run(args, input);
    if (done.code !== 0) throw failed(done);
    return done.stdout;
  }

  /** Runs the `pulumi` on the PATH. */
  async run(args: readonly string[], input = ''): Promise<Finished> {
    const words = args.slice(0, 2).filter((word) => !word.startsWith('-'));
    const done = await spawned('pulumi', this.withStack(args), { input }, NO_PULUMI);
    return { command: `pulumi ${words.join(' ')}`, ...done };
  }

  /** Runs it where the person sees it and answers. Gives its exit code. */
  async shown(args: readonly string[]): Promise<number> {
    const { code } = await spawned('pulumi', this.withStack(args), { stdio: 'inherit' }, NO_PULUMI);
    return code ?? 1;
  }

  /** The stack's name, without its organization. */
  async stackName(): Promise<string> {
    const { code, stdout, stderr } = await this.run(['stack', '--show-name', '--non-interactive']);
    const name = stdout.trim().split('/').at(-1);
    if (code === 0 && name) return name;
    throw new OperationError(
      `No stack is selected (${stderr.trim()}). See yours with: pulumi stack ls; then: pulumi stack select NAME`,
    );
  }

  /** The outputs of the last `pulumi up`, secrets included. */
  async outputs(): Promise<Outputs> {
    await this.stackName();
    return JSON.parse(await this.output(['stack', 'output', '--json', '--show-secrets'])) as Outputs;
  }

  /** How many resources the stack has. */
  async resourceCount(): Promise<number> {
    const { deployment } = JSON.parse(await this.output(['stack', 'export'])) as {
      deployment?: { resources?: object[] };
    };
    return deployment?.resources?.length ?? 0;
  }
}

/** @throws Error with all that was said, if it isn't JSON */
export function readJson(done: Finished): unknown {
  try {
    return JSON.parse(done.stdout);
  } catch {
    throw failed(done);
  }
}

/** Sets the exit code of this process. A mistake of the user's is printed without a stack trace. */
export function reportFailure(error: unknown): void {
  console.error(error instanceof OperationError ? error.message : error);
  process.exitCode = 1;
}

export const failed = ({ command, stdout, stderr }: Finished) =>
  new OperationError(`${command} failed:\n${stdout}${stderr}`.trim());

/** A variable of the environment. Empty is not given. */
export function given(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === '' ? undefined : value;
}
