import type { Operation } from '../provider';
import { plain, type Properties } from '../values';

/** What a command printed. The real plugin drops one newline at the end of each. */
export interface CommandOutput {
  stdout: string;
  stderr: string;
}

/** A command's end: nothing if it succeeded, else what Go says of it (`exit status 1`). */
export type Failure = string | undefined;

/** The names under which a command finds what the one before it printed. */
export function previousOutput(inputs: Properties, state: Properties): Record<string, string> {
  if (plain(inputs.addPreviousOutputInEnv ?? true) === false) return {};
  const named = { PULUMI_COMMAND_STDOUT: state.stdout, PULUMI_COMMAND_STDERR: state.stderr };
  const strings = Object.entries(named).map(([name, value]) => [name, plain(value ?? '')] as const);
  return Object.fromEntries(
    strings.filter(([, value]) => typeof value === 'string' && value !== ''),
  ) as Record<string, string>;
}

/** Collects a running command's output, and shows its lines as they come. */
export class OutputCollector {
  private readonly stdout: Buffer[] = [];
  private readonly stderr: Buffer[] = [];
  private readonly both: Buffer[] = [];
  private unfinishedLine = '';
  private readonly logged: ReadonlySet<string>;

  constructor(
    logging: string | undefined,
    private readonly operation: Operation,
  ) {
    const streams = {
      stdout: ['stdout'],
      stderr: ['stderr'],
      stdoutAndStderr: ['stdout', 'stderr'],
      none: [],
    };
    this.logged = new Set(streams[(logging ?? 'stdoutAndStderr') as keyof typeof streams]);
  }

  add(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this[stream].push(chunk);
    this.both.push(chunk);
    if (this.logged.has(stream)) this.log(chunk.toString());
  }

  private log(text: string): void {
    const lines = (this.unfinishedLine + text).split('\n');
    this.unfinishedLine = lines.pop() ?? '';
    for (const line of lines) this.operation.status(line);
  }

  /** The command's output, or, if it failed, an error in the real plugin's words. */
  finish(command: string, failure: Failure): CommandOutput {
    if (failure !== undefined) {
      throw new Error(
        `${failure}: running ${JSON.stringify(command)}:\n${Buffer.concat(this.both).toString()}`,
      );
    }
    return { stdout: trimNewline(this.stdout), stderr: trimNewline(this.stderr) };
  }
}

function trimNewline(chunks: Buffer[]): string {
  return Buffer.concat(chunks).toString().replace(/\n$/, '');
}
