/** Each server of the local cloud's daemon, and requests that go wrong: none of them ends it. */
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { paperBackends, startCivoApi } from '../../local/civo';
import { startAcmeFront } from '../../local/services/acme-front';
import { type Authority, openAuthority, type ServerCertificate } from '../../local/services/authority';
import { startNameServer } from '../../local/services/name-server';
import type { Endpoint, Service } from '../../local/services/program';
import { startRegistry } from '../../local/services/registry';
import { freeEndpoint } from '../support/free-endpoint';

let folder: string;
let authority: Authority;
let tls: ServerCertificate;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'local-servers-'));
  authority = await openAuthority(folder);
  tls = await authority.issue('service', ['127.0.0.1']);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Says something over TCP, or TLS, and hangs up with a reset. */
function sayAndReset({ address, port }: Endpoint, text: string, encrypted: boolean): Promise<void> {
  return new Promise((resolve) => {
    const connection = connect({ host: address, port });
    const socket = encrypted ? connectTls({ socket: connection, rejectUnauthorized: false }) : connection;
    for (const each of [connection, socket]) each.on('error', () => undefined);
    const reset = () => connection.resetAndDestroy();
    // Who gets no TLS is never connected.
    const patience = setTimeout(reset, 500);
    socket.once(encrypted ? 'secureConnect' : 'connect', () => {
      socket.write(text, () => setTimeout(reset, 20));
    });
    connection.once('close', () => {
      clearTimeout(patience);
      resolve();
    });
  });
}

const RUDE = [
  '\0\u0001',
  'GET / HTTP/1.1\r\n',
  'GET // HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /v2/mastodon/blobs/sha256:%ff HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /v2/instances HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n{',
];

async function isRude(endpoint: Endpoint, encrypted: boolean): Promise<void> {
  for (const text of RUDE) await sayAndReset(endpoint, text, encrypted);
  if (encrypted) await sayAndReset(endpoint, 'no TLS at all', false);
}

const statusOf = ({ address, port }: Endpoint, path: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request({ host: address, port, path, ca: readFileSync(authority.certificate) }, (response) => {
      resolve(response.resume().statusCode);
    })
      .on('error', reject)
      .end();
  });

test('the name server answers SERVFAIL where the host’s resolver can’t be reached, and continues', async () => {
  const listen = await freeEndpoint();
  const records = [{ name: '@', type: 'A' as const, value: '192.0.2.1', ttl: 60 }];
  const server = await startNameServer({
    listen,
    ownZones: [{ name: 'known.test', records }],
    // Refused before anything is sent, as where there is no route.
    resolver: { address: '255.255.255.255', port: 53 },
    log: () => undefined,
  });
  try {
    const resolver = new Resolver({ timeout: 2_000, tries: 1 });
    resolver.setServers([`${listen.address}:${String(listen.port)}`]);
    await expect(resolver.resolve4('example.org')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    const udp = createSocket('udp4');
    await new Promise((sent) => {
      udp.send('\0no DNS', listen.port, listen.address, sent);
    });
    udp.close();
    await isRude(listen, false);
    expect(await resolver.resolve4('known.test')).toEqual(['192.0.2.1']);
  } finally {
    await server.stop();
  }
});

test('the registry continues after broken requests', async () => {
  const listen = await freeEndpoint();
  const registry = await startRegistry({ listen, tls, repositories: { mastodon: folder } });
  try {
    await isRude(listen, true);
    expect(await statusOf(listen, '/v2/')).toBe(200);
  } finally {
    await registry.stop();
  }
});

test('the proxy of the ACME server continues after broken requests and broken answers', async () => {
  const [listen, behind] = [await freeEndpoint(), await freeEndpoint()];
  const key = { cert: readFileSync(tls.certificate), key: readFileSync(tls.key) };
  const inner = createServer(key, (incoming, answer) => {
    if (incoming.url === '/whole') answer.end('well');
    else answer.writeHead(200, { 'Content-Length': 99 }).write('half', () => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => inner.listen(behind.port, behind.address, resolve));
  const ca = readFileSync(authority.certificate);
  const front: Service = await startAcmeFront({ listen, server: behind, tls, expired: tls, ca });
  try {
    await isRude(listen, true);
    await statusOf(listen, '/half').catch(() => undefined);
    expect(await statusOf(listen, '/whole')).toBe(200);
  } finally {
    await front.stop();
    inner.close();
  }
});

test('Civo’s API continues after broken requests', async () => {
  const api = await startCivoApi({
    port: 0,
    stateFile: join(folder, 'civo.json'),
    backends: paperBackends(),
  });
  try {
    const { hostname, port } = new URL(api.url);
    await isRude({ address: hostname, port: Number(port) }, false);
    const headers = { Authorization: `bearer ${api.token}` };
    expect((await fetch(`${api.url}/v2/quota?region=LON1`, { headers })).status).toBe(200);
  } finally {
    await api.close();
  }
});
