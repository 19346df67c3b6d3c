import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Server, utils, type Connection as ServerConnection, type ServerChannel } from 'ssh2';
import type { Operation } from '../../local/plugins/provider';
import { remoteCommand } from '../../local/plugins/command/remote';
import { describePrivateKey } from '../../local/plugins/tls/private-key';
import type { Properties } from '../../local/plugins/values';

type Key = Record<string, string>;
const ed25519 = () => describePrivateKey(generateKeyPairSync('ed25519').privateKey) as Key;
const ecdsa = () => describePrivateKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) as Key;
const rsa = () => describePrivateKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey) as Key;

const hostKeys = { ed25519: ed25519(), ecdsa: ecdsa() };
const clientKeys: Record<string, Key> = { ed25519: ed25519(), ecdsa: ecdsa(), rsa: rsa() };
const statuses: string[] = [];

const operation: Operation = {
  urn: 'urn:pulumi:test::test::command:remote:Command::step',
  name: 'step',
  signal: new AbortController().signal,
  status: (message) => statuses.push(message),
};

/** A server with two host keys that lets any of the client keys in. */
const server = new Server(
  { hostKeys: Object.values(hostKeys).map((key) => key.privateKeyOpenssh ?? '') },
  (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      const allowed = Object.values(clientKeys).map((key) => utils.parseKey(key.publicKeyOpenssh ?? ''));
      const known = allowed.some((key) => {
        if (context.method !== 'publickey' || key instanceof Error) return false;
        if (!key.getPublicSSH().equals(context.key.data)) return false;
        return (
          !context.signature ||
          key.verify(context.blob ?? Buffer.alloc(0), context.signature, context.hashAlgo)
        );
      });
      if (known && context.username === 'deploy') context.accept();
      else context.reject();
    });
    client.on('ready', () => {
      acceptCommands(client);
    });
  },
);

/** The server's commands: `cat`, `fail`, and anything else, which is printed. */
function acceptCommands(client: ServerConnection): void {
  client.on('session', (acceptSession) => {
    acceptSession().on('exec', (acceptExec, _, { command }) => {
      runCommand(acceptExec(), command);
    });
  });
}

function runCommand(channel: ServerChannel, command: string): void {
  const end = (code: number) => {
    channel.exit(code);
    channel.end();
  };
  if (command === 'cat') {
    channel.pipe(channel, { end: false });
    channel.on('end', () => {
      end(0);
    });
  } else if (command === 'fail') {
    channel.stderr.write('no such thing\n');
    end(7);
  } else {
    channel.write(`${command}\n`);
    end(0);
  }
}

let port: number;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.close();
});
beforeEach(() => {
  statuses.length = 0;
});

function inputs(connection: Properties, others: Properties = {}): Properties {
  const key = clientKeys.ed25519?.privateKeyOpenssh ?? '';
  const defaults = { host: '127.0.0.1', port, user: 'deploy', privateKey: key, dialErrorLimit: 0 };
  return { create: 'hello', ...others, connection: { ...defaults, ...connection } };
}

const run = async (given: Properties) => (await remoteCommand.create(given, operation)).outputs;

test.each(Object.keys(hostKeys))('the expected %s host key is asked for and accepted', async (type) => {
  const hostKey = hostKeys[type as keyof typeof hostKeys].publicKeyOpenssh ?? '';
  expect(await run(inputs({ hostKey }))).toMatchObject({ stdout: 'hello', stderr: '' });
});

test.each([
  ['ed25519', ed25519()],
  ['ecdsa', ecdsa()],
])('another %s host key is refused', async (_, other) => {
  await expect(run(inputs({ hostKey: other.publicKeyOpenssh ?? '' }))).rejects.toThrow(
    'after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch',
  );
});

test.each(
  Object.keys(clientKeys).flatMap((type) => [
    [type, 'privateKeyOpenssh'],
    [type, 'privateKeyPem'],
    [type, 'privateKeyPemPkcs8'],
  ]),
)('a client key %s as %s lets in', async (type, form) => {
  expect(await run(inputs({ privateKey: clientKeys[type]?.[form] ?? '' }))).toMatchObject({
    stdout: 'hello',
  });
});

test('an unknown client key is refused, after as many tries as dialErrorLimit says', async () => {
  const given = inputs({ privateKey: ed25519().privateKeyOpenssh ?? '', dialErrorLimit: 2 });
  await expect(run(given)).rejects.toThrow('after 2 failed attempts: ');
  expect(statuses).toEqual(['Dial 1/2 failed: retrying', 'Dial 2/2 failed: retrying']);
});

test('a machine that is not there yet is tried again until it is', async () => {
  const late = new Server({ hostKeys: [hostKeys.ed25519.privateKeyOpenssh ?? ''] }, (client) => {
    client.on('authentication', (context) => {
      context.accept();
    });
    client.on('ready', () => {
      acceptCommands(client);
    });
  });
  late.listen(0, '127.0.0.1');
  await once(late, 'listening');
  const latePort = (late.address() as AddressInfo).port;
  await new Promise((resolve) => late.close(resolve));
  const result = run(inputs({ port: latePort, dialErrorLimit: -1 }));
  setTimeout(() => late.listen(latePort, '127.0.0.1'), 300);
  expect(await result).toMatchObject({ stdout: 'hello' });
  expect(statuses[0]).toBe('Dial 1/inf failed: retrying');
  late.close();
});

test('standard input of 3 MB arrives whole, and comes back', async () => {
  const stdin = 'secret '.repeat(450_000);
  expect((await run(inputs({}, { create: 'cat', stdin, logging: 'none' }))).stdout).toBe(stdin);
});

test('a failing command fails the resource, with what it printed', async () => {
  await expect(run(inputs({}, { create: 'fail' }))).rejects.toThrow(
    'Process exited with status 7: running "fail":\nno such thing\n',
  );
});

test('update runs the update command, else the create command; delete runs the delete command', async () => {
  const state = { stdout: 'before', stderr: '' };
  const updated = await remoteCommand.update?.(inputs({}, { update: 'again' }), state, operation);
  expect(updated).toMatchObject({ stdout: 'again' });
  expect(await remoteCommand.update?.(inputs({}), state, operation)).toMatchObject({ stdout: 'hello' });
  await expect(remoteCommand.delete?.(inputs({}, { delete: 'fail' }), operation)).rejects.toThrow('status 7');
});
