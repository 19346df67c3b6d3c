/** What stands before the S3 server, with a server that closes a connection when it is asked for the second time in it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuthority } from '../../local/services/authority';
import { type ObjectStoreFront, startObjectStoreFront } from '../../local/services/object-store-front';
import type { Endpoint } from '../../local/services/program';
import { freeEndpoint } from './freeEndpoint';

let folder: string;
let server: Server;
let front: ObjectStoreFront;
let listen: Endpoint;
let agent: Agent;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'front-'));
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write('HTTP/1.1 501 Not Implemented\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nno');
      socket.once('data', () => socket.destroy());
    });
  });
  const socketPath = join(folder, 'server');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const authority = await openAuthority(folder);
  const tls = await authority.issue('service', ['127.0.0.1']);
  listen = await freeEndpoint();
  front = await startObjectStoreFront({ listen, server: socketPath, tls });
  agent = new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(authority.certificate) });
});

afterAll(async () => {
  agent.destroy();
  await front.stop();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The status, and whether the client's own connection was used before. */
function ask(): Promise<{ status: number | undefined; reused: boolean }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: listen.address, port: listen.port, path: '/media?versioning', agent },
      (answer) => {
        answer.resume().on('end', () => {
          resolve({ status: answer.statusCode, reused: asked.reusedSocket });
        });
      },
    );
    asked.on('error', reject).end();
  });
}

test('a connection that the server closes costs no request, and the client keeps its own', async () => {
  expect(await ask()).toEqual({ status: 501, reused: false });
  expect(await ask()).toEqual({ status: 501, reused: true });
  expect(await ask()).toEqual({ status: 501, reused: true });
});
