import { spawn } from 'node:child_process';
import { plain } from '../values';
import { commandResource, type Run } from './command';
import { OutputCollector, previousOutput, type Failure } from './output';

const run: Run = async (command, inputs, state, operation) => {
  const { dir, interpreter, environment, stdin, logging } = plain(inputs) as {
    dir?: string;
    interpreter?: string[];
    environment?: Record<string, string>;
    stdin?: string;
    logging?: string;
  };
  const [program = '/bin/sh', ...args] = interpreter?.length ? interpreter : ['/bin/sh', '-c'];
  const collector = new OutputCollector(logging, operation);
  const failure = await new Promise<Failure>((resolve) => {
    const child = spawn(program, [...args, command], {
      cwd: dir,
      env: { ...process.env, ...environment, ...previousOutput(inputs, state) },
      signal: operation.signal,
      killSignal: 'SIGKILL',
    });
    child.stdout.on('data', (chunk: Buffer) => {
      collector.add('stdout', chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      collector.add('stderr', chunk);
    });
    child.on('error', (error) => {
      resolve(error.message);
    });
    child.on('close', (code, signal) => {
      resolve(describeEnd(code, signal));
    });
    child.stdin.on('error', () => {
      // The command may end without reading its input.
    });
    child.stdin.end(stdin ?? '');
  });
  return collector.finish(command, failure);
};

function describeEnd(code: number | null, signal: NodeJS.Signals | null): Failure {
  if (signal) return `signal: ${signal}`;
  return code === 0 ? undefined : `exit status ${String(code)}`;
}

const assetsRefused = 'the program uses no files made by commands';

/** `command.local.Command` */
export const localCommand = commandResource(
  'command:local:Command',
  {
    dir: { kind: 'string' },
    interpreter: { kind: 'list' },
    assetPaths: { kind: 'list', refused: assetsRefused },
    archivePaths: { kind: 'list', refused: assetsRefused },
  },
  run,
);
