import { type AddressInfo, createServer } from 'node:net';
import type { Endpoint } from '../../local/services/program';

/** An address and port of this machine without a listener. */
export function freeEndpoint(): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { address, port } = server.address() as AddressInfo;
      server.close(() => {
        resolve({ address, port });
      });
    });
  });
}

export const freePort = async () => (await freeEndpoint()).port;
