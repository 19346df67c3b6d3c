import { randomBytes } from 'node:crypto';
import type { Inputs } from '../inputs';
import type { Operation, Resource } from '../provider';
import { hasSecret, plain, type Properties } from '../values';
import type { CommandOutput } from './output';

/** Runs a command line with a resource's inputs; `state` is what the resource was before. */
export type Run = (
  command: string,
  inputs: Properties,
  state: Properties,
  operation: Operation,
) => Promise<CommandOutput>;

const commonInputs: Inputs = {
  create: { kind: 'string' },
  update: { kind: 'string' },
  delete: { kind: 'string' },
  triggers: { kind: 'list' },
  stdin: { kind: 'string' },
  environment: { kind: 'map' },
  logging: { kind: 'string', oneOf: ['stdout', 'stderr', 'stdoutAndStderr', 'none'] },
  addPreviousOutputInEnv: { kind: 'boolean' },
};

/** The life of a command, which is the same for local and remote ones. */
export function commandResource(type: string, inputs: Inputs, run: Run): Resource {
  return {
    type,
    inputs: { ...commonInputs, ...inputs },
    computed: ['stdout', 'stderr'],
    // What a command prints depends on all that it is given.
    secrets: (given) => (type === 'command:remote:Command' || hasSecret(given) ? ['stdout', 'stderr'] : []),
    replaceOn: ['triggers'],
    async create(given, operation) {
      const id = operation.name + randomBytes(4).toString('hex');
      const command = line(given, 'create');
      const output = command === undefined ? NOTHING : await run(command, given, {}, operation);
      return { id, outputs: { ...given, ...output } };
    },
    async update(given, state, operation) {
      const command = line(given, 'update') ?? line(given, 'create');
      const before = { stdout: state.stdout ?? '', stderr: state.stderr ?? '' };
      return { ...given, ...(command === undefined ? before : await run(command, given, state, operation)) };
    },
    async delete(state, operation) {
      const command = line(state, 'delete');
      if (command !== undefined) await run(command, state, state, operation);
    },
  };
}

const NOTHING: CommandOutput = { stdout: '', stderr: '' };

function line(inputs: Properties, name: 'create' | 'update' | 'delete'): string | undefined {
  return (plain(inputs[name] ?? null) as string | null) ?? undefined;
}
