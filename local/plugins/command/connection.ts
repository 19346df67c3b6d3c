import { createPrivateKey } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';
import type { Input } from '../inputs';
import type { Operation } from '../provider';
import { privateKeyOpenssh } from '../tls/openssh';

/** How to reach a machine by SSH. The defaults are the real plugin's. */
export interface Connection {
  host: string;
  port: number;
  user: string;
  privateKey?: string;
  /** The server's public key, as in `authorized_keys`; any key is accepted without it. */
  hostKey?: string;
  /** How many failed attempts are followed by another one; -1: all. */
  dialErrorLimit: number;
  /** Seconds for one attempt; 0: no limit. */
  perDialTimeout: number;
}

export const connectionInput: Input = {
  kind: 'object',
  required: true,
  fields: {
    host: { kind: 'string', required: true },
    port: { kind: 'integer' },
    user: { kind: 'string' },
    privateKey: { kind: 'string' },
    hostKey: { kind: 'string' },
    dialErrorLimit: { kind: 'integer', min: -1 },
    perDialTimeout: { kind: 'integer', min: 0 },
    password: { kind: 'string', refused: 'connect with a key' },
    privateKeyPassword: { kind: 'string', refused: 'give the key unencrypted, as a secret' },
    agentSocketPath: { kind: 'string', refused: 'give the key itself' },
    proxy: { kind: 'object', refused: 'connect directly' },
  },
};

export function connectionWithDefaults(given: Partial<Connection>): Connection {
  return { host: '', port: 22, user: 'root', dialErrorLimit: 10, perDialTimeout: 15, ...given };
}

const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 5_000;
const PAUSE_FACTOR = 1.5;

/** Connects, trying again with growing pauses, as the real plugin does: a refused key counts like a refused connection. */
export async function dial(connection: Connection, operation: Operation): Promise<Client> {
  const hostKey = connection.hostKey === undefined ? undefined : parseHostKey(connection.hostKey);
  const config = clientConfig(connection, hostKey);
  const limit = connection.dialErrorLimit;
  let pause = FIRST_PAUSE_MS;
  for (let failed = 1; ; failed++) {
    try {
      return await connect(config, hostKey, operation.signal);
    } catch (error) {
      operation.signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      if (limit >= 0 && failed > limit)
        throw new Error(`after ${limit.toString()} failed attempts: ${reason}`);
      operation.status(`Dial ${failed.toString()}/${limit < 0 ? 'inf' : limit.toString()} failed: retrying`);
    }
    await sleep(pause, undefined, { signal: operation.signal });
    pause = Math.min(pause * PAUSE_FACTOR, LAST_PAUSE_MS);
  }
}

async function connect(
  config: ConnectConfig,
  hostKey: HostKey | undefined,
  signal: AbortSignal,
): Promise<Client> {
  const refused: Buffer[] = [];
  if (hostKey) {
    config.hostVerifier = (key: Buffer) => {
      if (!key.equals(hostKey.blob)) refused.push(key);
      return refused.length === 0;
    };
  }
  const client = new Client();
  const abort = () => client.destroy();
  signal.addEventListener('abort', abort);
  try {
    await new Promise<void>((resolve, reject) => {
      client.on('ready', resolve);
      client.on('error', reject);
      client.on('close', () => {
        reject(new Error('ssh: handshake failed: connection closed'));
      });
      client.connect(config);
    });
    return client;
  } catch (error) {
    client.destroy();
    // ssh2 doesn't say it as clearly.
    throw refused.length > 0 ? new Error('ssh: handshake failed: ssh: host key mismatch') : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function clientConfig(connection: Connection, hostKey: HostKey | undefined): ConnectConfig {
  const config: ConnectConfig = {
    host: connection.host,
    port: connection.port,
    username: connection.user,
    readyTimeout: connection.perDialTimeout * 1_000,
  };
  if (connection.privateKey !== undefined) config.privateKey = readPrivateKey(connection.privateKey);
  // Only keys of this type are asked for: a server has several, and would offer another one first.
  if (hostKey) config.algorithms = { serverHostKey: [hostKey.type] };
  return config;
}

/** ssh2 reads OpenSSH's own format of every key type, but not PKCS #8, which is Ed25519's only other one. */
function readPrivateKey(pem: string): string {
  if (pem.includes('BEGIN OPENSSH PRIVATE KEY')) return pem;
  const converted = privateKeyOpenssh(createPrivateKey(pem));
  if (converted === undefined) throw new Error('connection.privateKey: OpenSSH knows no keys of this kind');
  return converted;
}

interface HostKey {
  type: ServerHostKeyAlgorithm;
  blob: Buffer;
}

function parseHostKey(line: string): HostKey {
  const [type, base64] = line.trim().split(/\s+/);
  const blob = Buffer.from(base64 ?? '', 'base64');
  if (
    type === undefined ||
    blob.length < 4 ||
    blob.subarray(4, 4 + blob.readUInt32BE()).toString() !== type
  ) {
    throw new Error("failed to parse host key: expected a line such as 'ssh-ed25519 AAAA…'");
  }
  return { type: type as ServerHostKeyAlgorithm, blob };
}
