/** Pulumi's engine, for tests: their stacks note what their time goes into, and share what their programs are compiled to. */
import { type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Result } from '../../trials/engine';
import { type Finished, PulumiStack, runCommand, type StackOptions } from '../../trials/pulumi-stack';
import { compileCache } from './compile-cache';
import { timed } from './timing';

export {
  type DeployedResource,
  type Deployment,
  type EngineEvent,
  PulumiError,
  type Result,
  type StepMetadata,
} from '../../trials/engine';
export type { ConfigValue, StackOptions } from '../../trials/pulumi-stack';

export const createStack = (options: StackOptions): Promise<Stack> => Stack.open(options);

export class Stack extends PulumiStack {
  /** Whether an `up` was begun before: the next one is then not counted as the first. */
  begun = existsSync(this.backend);

  /** Use {@link createStack}. */
  constructor(...[folder, options, pulumi, env]: ConstructorParameters<typeof PulumiStack>) {
    super(folder, options, pulumi, { ...env, ...compileCache() });
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

  override run(args: string[]): Promise<Result> {
    return timed('pulumi', () => super.run(args));
  }

  protected override operate(command: string, flags: string[]): Promise<Result> {
    const kind = command === 'up' && !this.begun ? 'first up' : 'pulumi';
    this.begun ||= command === 'up';
    return timed(kind, () => super.operate(command, flags));
  }
}
