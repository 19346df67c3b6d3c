/** Connections to a server, below HTTP. */
import { execFile } from 'node:child_process';
import { connect, type TLSSocket } from 'node:tls';
import { type Namespace } from '../../../local/addresses';
import { onComputer } from '../../../local/network';
import { DOMAIN, type LocalServer } from './local-server';

/** Whether a TCP port takes connections within a second, from another computer. */
export function takesConnectionsFrom(computer: Namespace, host: string, port: number): Promise<boolean> {
  const [program = '', ...args] = onComputer(computer, [
    'timeout',
    '1',
    'bash',
    // Bash that reads from a socket, as Node's children do, takes itself for rsh's, and a user's .bashrc takes its time.
    '--norc',
    '-c',
    `: </dev/tcp/${host}/${String(port)}`,
  ]);
  return new Promise((resolve) => {
    execFile(program, args, (error) => {
      resolve(!error);
    });
  });
}

/** The site's TLS, as a visitor with these versions agrees on it; the connection ends at once. */
export async function tlsOf(
  server: LocalServer,
  options: { maxVersion?: 'TLSv1.1' | 'TLSv1.2'; minVersion?: 'TLSv1' | 'TLSv1.3' } = {},
): Promise<TLSSocket> {
  const { publicAddress: host } = await server.outputs();
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 443, servername: DOMAIN, ca: server.ca, ...options });
    socket.once('secureConnect', () => {
      socket.end();
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
