import type { Client, ClientChannel } from 'ssh2';
import { plain } from '../values';
import { commandResource, type Run } from './command';
import { connectionInput, connectionWithDefaults, dial, type Connection } from './connection';
import { OutputCollector, previousOutput, type Failure } from './output';

const run: Run = async (command, inputs, state, operation) => {
  const { connection, stdin, logging } = plain(inputs) as unknown as {
    connection: Partial<Connection>;
    stdin?: string;
    logging?: string;
  };
  const client = await dial(connectionWithDefaults(connection), operation);
  const abort = () => client.destroy();
  operation.signal.addEventListener('abort', abort);
  try {
    const channel = await open(client, command, previousOutput(inputs, state));
    const collector = new OutputCollector(logging, operation);
    const ended = follow(channel, client, collector);
    channel.end(stdin ?? '');
    return collector.finish(command, await ended);
  } finally {
    operation.signal.removeEventListener('abort', abort);
    client.end();
  }
};

function open(client: Client, command: string, env: Record<string, string>): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, { env }, (error, channel) => {
      if (error) reject(error);
      else resolve(channel);
    });
  });
}

function follow(channel: ClientChannel, client: Client, collector: OutputCollector): Promise<Failure> {
  return new Promise((resolve) => {
    let failure: Failure = 'wait: remote command exited without exit status or exit signal';
    channel.on('data', (chunk: Buffer) => {
      collector.add('stdout', chunk);
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      collector.add('stderr', chunk);
    });
    channel.on('exit', (code: number | null, signal?: string) => {
      if (signal !== undefined) failure = `Process exited with status 1 from signal ${signal}`;
      else failure = code === 0 ? undefined : `Process exited with status ${String(code)}`;
    });
    channel.on('close', () => {
      resolve(failure);
    });
    client.on('error', (error) => {
      failure = error.message;
    });
    client.on('close', () => {
      resolve(failure);
    });
  });
}

/** `command.remote.Command` */
export const remoteCommand = commandResource(
  'command:remote:Command',
  {
    connection: connectionInput,
    environment: {
      kind: 'map',
      refused: 'SSH servers accept few variables; write VAR=value before the command',
    },
  },
  run,
);
