/**
 * People who have the page open: the machine's nginx with the numbers that its own `tune` gives to the smallest size, before a
 * streaming server that holds every stream. Needs root, as the kernel closes connections for root alone.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { openAuthority } from '../../local/services/authority';
import { eventually } from '../support/eventually';
import { freePort } from '../support/free-endpoint';
import { distributionsNginx, type RunningNginx, startNginx } from '../support/nginx';
import { type KeyPair, type RenderedNginx, renderNginx } from '../support/rendered-nginx';
import { tune } from '../support/tune';

jest.setTimeout(120_000);

const DOMAIN = 'toot.example';
const PEOPLE = 2000;
const SPREAD_SECONDS = 4;
const spread = join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/spread-reconnects');

let folder: string;
let tls: KeyPair;
let mastodon: Server;
let mastodonPort: number;
let machine: RenderedNginx;
let port: number;

beforeAll(async () => {
  if (process.getuid?.() !== 0)
    throw new Error('The kernel closes connections for root alone: run this test as root');
  folder = mkdtempSync(join(tmpdir(), 'nginx-streams-'));
  chmodSync(folder, 0o755); // nginx's workers are www-data
  tls = await (await openAuthority(join(folder, 'authority'))).issue('server', [DOMAIN]);
  mastodon = createServer((_, response) => response.end('answered'));
  mastodon.on('upgrade', (_, socket) => {
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  });
  mastodon.listen(0, '127.0.0.1');
  await once(mastodon, 'listening');
  mastodonPort = (mastodon.address() as AddressInfo).port;
  machine = await render();
}, 120_000);

afterAll(() => {
  mastodon.closeAllConnections();
  mastodon.close();
  rmSync(folder, { recursive: true });
});

interface Running extends RunningNginx {
  /** What it wrote into its log. */
  readonly log: () => string;
}

/** The machine's files, once for all tests: nginx listens here. */
async function render(): Promise<RenderedNginx> {
  port = await freePort();
  const plainPort = await freePort();
  const rendered = renderNginx(folder, tls, {}, (text) =>
    text
      .replaceAll(/listen 443 /g, `listen 127.0.0.1:${String(port)} `)
      .replaceAll(/listen 80 /g, `listen 127.0.0.1:${String(plainPort)} `)
      .replaceAll(/server 127\.0\.0\.1:(3001|3002|4000) /g, `server 127.0.0.1:${String(mastodonPort)} `),
  );
  const { here } = rendered;
  chmodSync(rendered.folder, 0o755);
  for (const path of ['run', 'var/log/nginx', 'etc/nginx/conf.d']) mkdirSync(here(path), { recursive: true });
  const distributions = await distributionsNginx();
  for (const file of ['nginx.conf', 'mime.types'])
    cpSync(join(distributions, file), here(`etc/nginx/${file}`));
  writeFileSync(here('etc/nginx/conf.d/temporary.conf'), rendered.temporary);
  tune({ etc: here('etc/mastodon'), nginx: here('etc/nginx'), memoryMb: 2048, processors: 1 });
  return rendered;
}

/** Runs nginx with the distribution's nginx.conf, as `tune` and the test change it. */
async function withNginx(
  file: 'etc/mastodon/nginx.conf' | 'etc/nginx/nginx.conf',
  change: (text: string) => string,
  use: (nginx: Running) => Promise<void>,
): Promise<void> {
  const { here } = machine;
  const log = here('var/log/nginx/error.log');
  rmSync(log, { force: true });
  const text = readFileSync(here(file), 'utf8')
    .replace('worker_processes auto;', 'worker_processes 1;')
    .replaceAll(/(?<=\s)\/(etc\/nginx|run|var\/log)\//g, (path) => here(path));
  const config = here('nginx.conf');
  writeFileSync(config, `daemon off;\n${change(text)}`);
  session = undefined;
  const nginx = await startNginx(machine.folder, config, port);
  try {
    await use({ ...nginx, log: () => readFileSync(log, 'utf8') });
  } finally {
    await nginx.stop();
  }
}

/** The first stream's TLS session: the others spare both ends the signature. */
let session: Buffer | undefined;

/** Opens a stream as the page does. It gives up where nginx does not pass it on. */
async function openStream(): Promise<TLSSocket> {
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    servername: DOMAIN,
    rejectUnauthorized: false,
    session,
  });
  socket.once('session', (one: Buffer) => (session ??= one));
  socket.write(
    `GET /api/v1/streaming?stream=user HTTP/1.1\r\nHost: ${DOMAIN}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!answer.toString().startsWith('HTTP/1.1 101 ')) throw new Error(answer.toString().split('\r\n')[0]);
  return socket.on('error', () => socket.destroy());
}

async function openStreams(count: number): Promise<TLSSocket[]> {
  const sockets = [await openStream()];
  while (sockets.length < count) {
    const more = Math.min(100, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: more }, () => openStream()))));
  }
  return sockets;
}

/** What a visitor gets who comes now. */
function visit(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', servername: DOMAIN, rejectUnauthorized: false });
    let said = '';
    socket.on('data', (data: Buffer) => (said += data.toString()));
    socket.on('error', reject).on('close', () => {
      resolve(said);
    });
    socket.write(`GET /about HTTP/1.1\r\nHost: ${DOMAIN}\r\nConnection: close\r\n\r\n`);
  });
}

const open = (sockets: TLSSocket[]) => sockets.filter(({ destroyed }) => !destroyed).length;

/** The moments at which these end, in seconds from now. */
function endings(sockets: TLSSocket[]): number[] {
  const from = performance.now();
  const times: number[] = [];
  for (const socket of sockets)
    socket.resume().once('close', () => times.push((performance.now() - from) / 1000));
  return times;
}

/** The machine's program, with shorter times and the port of this test's streaming server. */
async function spreadReconnects(): Promise<void> {
  const text = readFileSync(spread, 'utf8')
    .replace('STREAMING_PORT = 4000', `STREAMING_PORT = ${String(mastodonPort)}`)
    .replace('SPREAD_SECONDS = 240', `SPREAD_SECONDS = ${String(SPREAD_SECONDS)}`)
    .replace('PAUSE_SECONDS = 2\n', 'PAUSE_SECONDS = 0.1\n')
    .replace('QUIET_SECONDS = 30', 'QUIET_SECONDS = 0')
    .replace('FIRST_SECONDS = 10', 'FIRST_SECONDS = 2');
  const program = join(folder, 'spread-reconnects');
  writeFileSync(program, text, { mode: 0o755 });
  const child = spawn(program, { stdio: ['ignore', 'inherit', 'inherit'] });
  expect(await once(child, 'exit')).toEqual([0, null]);
}

const AS_TUNED = (text: string) => text;

test('the smallest size holds two thousand streams and answers; a reload ends them one after the other, and newer ones not at all', () =>
  withNginx('etc/mastodon/nginx.conf', AS_TUNED, async (nginx) => {
    const streams = await openStreams(PEOPLE);
    expect(await visit()).toMatch(/^HTTP\/1\.1 200 .*answered$/s);
    expect(open(streams)).toBe(PEOPLE);
    expect(nginx.log()).toBe('');

    const [before = 0] = [...(await nginx.workers()).keys()];
    nginx.reload();
    await eventually(
      'the old worker takes nobody any more',
      async () => (await nginx.workers()).get(before)?.includes('shutting down') === true,
    );
    const newer = await openStreams(50);
    const times = endings(streams);
    await spreadReconnects();
    await eventually('the old worker has ended', async () => !(await nginx.workers()).has(before));
    expect(times).toHaveLength(PEOPLE);
    const perSecond = Array.from(
      { length: SPREAD_SECONDS },
      (_, second) => times.filter((time) => Math.floor(time) === second).length,
    );
    expect(Math.max(...perSecond)).toBeLessThan((2 * PEOPLE) / SPREAD_SECONDS);
    expect(Math.max(...times)).toBeLessThan(2 * SPREAD_SECONDS);
    expect(open(newer)).toBe(50);
    expect(await visit()).toMatch(/^HTTP\/1\.1 200 /);
    for (const socket of newer) socket.destroy();
  }));

test('where nothing ends them, nginx itself does after the time that tune sets', () =>
  withNginx(
    'etc/mastodon/nginx.conf',
    (text) => text.replace('worker_shutdown_timeout 5m;', 'worker_shutdown_timeout 1s;'),
    async (nginx) => {
      const streams = await openStreams(20);
      const [before = 0] = [...(await nginx.workers()).keys()];
      const times = endings(streams);
      nginx.reload();
      await eventually('the old worker has ended', async () => !(await nginx.workers()).has(before));
      await eventually('every stream has ended', () => Promise.resolve(times.length === 20));
      expect(Math.min(...times)).toBeGreaterThan(0.9);
      expect(Math.max(...times)).toBeLessThan(5);
    },
  ));

test('the distribution’s numbers would refuse the four hundredth', () =>
  withNginx('etc/nginx/nginx.conf', AS_TUNED, async (nginx) => {
    await expect(openStreams(400)).rejects.toThrow();
    expect(nginx.log()).toContain('768 worker_connections are not enough');
  }));
