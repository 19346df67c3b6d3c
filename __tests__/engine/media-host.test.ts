/** What the media host asks the object store for: the machine's own configuration in a real nginx, before a store that notes each byte. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer, type Server } from 'node:tls';
import fc from 'fast-check';
import { render } from '../../cloud-init/template';
import { openAuthority } from '../../local/services/authority';
import { freePort } from '../support/free-endpoint';
import { type RunningNginx, startNginx } from '../support/nginx';

const BUCKET = 'mastodon-prod-media';
const cloudInit = join(__dirname, '../../cloud-init');
const policy = JSON.parse(
  readFileSync(join(cloudInit, 'handover/etc/mastodon/media-policy.json'), 'utf8'),
) as {
  Statement: { Resource: string[] }[];
};

let folder: string;
let port: number;
let storePort: number;
let store: Server;
let nginx: RunningNginx;
/** What the store got since {@link asked} was last called. */
let received = '';
/** What the store has. */
let found = true;
const FOUND = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok';
const MISSING = 'HTTP/1.1 404 Not Found\r\nContent-Type: application/xml\r\nContent-Length: 0\r\n\r\n';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'media-host-'));
  const authority = await openAuthority(join(folder, 'authority'));
  const tls = await authority.issue('files', ['files.example.org', '127.0.0.1']);
  [port, storePort] = [await freePort(), await freePort()];
  const keyPair = { cert: readFileSync(tls.certificate), key: readFileSync(tls.key) };
  store = createServer(keyPair, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1');
      // Each request gets an answer, as from a store that reads on.
      const requests = data.toString('latin1').split('\r\n\r\n').length - 1;
      socket.write((found ? FOUND : MISSING).repeat(requests));
    });
  });
  await new Promise<void>((resolve) => store.listen(storePort, '127.0.0.1', resolve));

  for (const name of ['etc', 'cache', 'tmp']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'etc/resolver.conf'), '');
  const adapted = (path: string, values: Record<string, string>) =>
    render(path, readFileSync(join(cloudInit, path), 'utf8'), values, new Set())
      .replaceAll('/etc/mastodon/tls/fullchain.pem', tls.certificate)
      .replaceAll('/etc/mastodon/tls/privkey.pem', tls.key)
      .replaceAll('/etc/ssl/certs/ca-certificates.crt', authority.certificate)
      .replaceAll('/etc/nginx/mastodon', join(folder, 'etc'))
      .replaceAll('/var/cache/nginx', join(folder, 'cache'))
      // nginx compares names only, and this store has an address.
      .replace('proxy_ssl_name $media_host;', 'proxy_ssl_name files.example.org;')
      .replaceAll(/listen 443 ssl http2;/g, `listen 127.0.0.1:${String(port)} ssl http2;`);
  writeFileSync(join(folder, 'etc/server.conf'), adapted('root/etc/nginx/mastodon/server.conf', {}));
  const values = {
    mediaDomain: 'files.example.org',
    mediaEndpoint: `127.0.0.1:${String(storePort)}`,
    mediaBucket: BUCKET,
  };
  const media = adapted('handover/etc/nginx/sites-enabled/media.conf', values);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, 'tmp', name)};`)
    .join('\n');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid;
    events { worker_connections 256; }
    http { access_log off; ${temporary}
    ${media} }`,
  );
  nginx = await startNginx(folder, join(folder, 'nginx.conf'), port);
});

afterAll(async () => {
  await nginx.stop();
  store.close();
  rmSync(folder, { recursive: true });
});

/** Sends a request as it is written here, and gives the status of the answer. */
const ask = (path: string, method = 'GET') =>
  new Promise<number>((resolve, reject) => {
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      servername: 'files.example.org',
      rejectUnauthorized: false,
    });
    let said = '';
    socket.on('data', (data: Buffer) => (said += data.toString('latin1')));
    socket.on('error', reject).on('close', () => {
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(said)?.[1]));
    });
    socket.write(
      Buffer.from(
        `${method} ${path} HTTP/1.1\r\nHost: files.example.org\r\nAuthorization: mine\r\nCookie: mine\r\nConnection: close\r\n\r\n`,
        'latin1',
      ),
    );
  });

/** The requests that reached the store meanwhile. */
function asked(): string[] {
  const requests = received.split('\r\n\r\n').slice(0, -1);
  expect(received).toBe(requests.map((request) => `${request}\r\n\r\n`).join(''));
  received = '';
  return requests;
}

/** Exactly this, and nothing of the visitor's. */
const request = (path: string) =>
  ['GET', `/${BUCKET}${path}`, 'HTTP/1.1\r\nHost:', `127.0.0.1:${String(storePort)}`].join(' ');

test.each([
  '/media_attachments/files/112/233/original/0a1b2c3d.png',
  '/site_uploads/files/000/000/001/@1x/0a1b2c3d.png',
  '/cache/accounts/avatars/000/000/001/static/0a1b2c3d.png',
  // As Paperclip left names before Mastodon gave each file a random one.
  "/accounts/avatars/000/000/001/original/it's_me_(1)!.png",
  '/accounts/avatars/000/000/001/original/gr%C3%B6%C3%9Fe.png',
])('passes on what Mastodon calls its files: %s', async (path) => {
  expect(await ask(path)).toBe(200);
  const [one = '', ...others] = asked();
  expect(others).toEqual([]);
  expect(one.split('\r\n').slice(0, 2).join('\r\n')).toBe(
    request(Buffer.from(decodeURIComponent(path)).toString('latin1')),
  );
  expect(one).not.toMatch(/mine/);
});

const SPLIT = '/x%20HTTP/1.1%0d%0aHost:%20other.store.example%0d%0aConnection:%20close%0d%0a%0d%0a';

test.each([
  ['another request for another host', SPLIT],
  [
    'a second request behind the first',
    '/x%20HTTP/1.1%0d%0a%0d%0aGET%20/other/secret%20HTTP/1.1%0d%0aHost:%20y%0d%0a%0d%0a',
  ],
  ['a header', '/x%20HTTP/1.1%0aX:%20y'],
  ['a line break at the end alone', '/accounts/x.png%0a'],
  ['a listing of the bucket', '/%3Flist-type=2'],
  ['the policy of the bucket', '/%3Fpolicy'],
  ['a listing, by a name', '/accounts/x%3Flist-type=2'],
  ['a fragment', '/accounts/x%23y'],
  ['an encoding of the second degree', '/accounts/x%253Flist-type=2'],
  ['a listing, by the question mark itself', '/?list-type=2'],
  ['an archive of somebody’s posts', '/backups/dumps/000/000/001/original/0a1b2c3d.zip'],
  ['an archive, by another way there', '/accounts/..//backups/dumps/1.zip'],
])('does not let a visitor write %s', async (_, path) => {
  expect([400, 404]).toContain(await ask(path));
  expect(asked()).toEqual([]);
});

// Mastodon fetches another server's file again when a visitor looks, by /media_proxy/: it may be there a moment later.
test('a file that the store does not have is 404, and asked for again each time, until it is there', async () => {
  const path = '/cache/media_attachments/files/112/233/original/removed.png';
  found = false;
  expect([await ask(path), await ask(path)]).toEqual([404, 404]);
  expect(asked()).toHaveLength(2);
  found = true;
  expect([await ask(path), await ask(path)]).toEqual([200, 200]);
  expect(asked()).toHaveLength(1);
});

test('only reads', async () => {
  for (const method of ['PUT', 'POST', 'DELETE', 'PATCH'])
    expect(await ask('/accounts/x.png', method)).toBe(403);
  expect(asked()).toEqual([]);
});

test('whatever bytes a path is made of, the store gets no request or one, of our words around a plain path', async () => {
  const piece = fc.oneof(
    fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, '0')}`),
    fc.constantFrom(
      '/',
      '//',
      '.',
      '..',
      'accounts/',
      'x',
      '?',
      '%3f',
      '%0d%0a',
      '%20',
      '%25',
      '%2f',
      'HTTP/1.1',
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 12 }), async (pieces) => {
      const status = await ask(`/${pieces.join('')}`);
      const requests = asked();
      expect(requests.length).toBeLessThanOrEqual(1);
      if (requests.length === 0) expect([200, 400, 404]).toContain(status);
      for (const one of requests) {
        const [line, host, ...others] = one.split('\r\n');
        expect(line).toMatch(new RegExp(`^GET /${BUCKET}/[^\\x00-\\x20\\x7f?#%"\\\\]+ HTTP/1\\.1$`));
        expect(host).toBe(`Host: 127.0.0.1:${String(storePort)}`);
        expect(others).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});

test('the bucket’s policy opens the folders of Mastodon’s public files alone', () => {
  const [{ Resource: resources } = { Resource: [] }] = policy.Statement;
  const folders = resources.map((resource) => resource.replace('arn:aws:s3:::{{mediaBucket}}/', ''));
  // Of lib/mastodon/cli/media.rb; without backups and imports, which are people's own.
  expect(folders).toEqual([
    'accounts/*',
    'cache/*',
    'custom_emojis/*',
    'media_attachments/*',
    'preview_cards/*',
    'site_uploads/*',
    'probe-*',
  ]);
});

test('what we write to try the bucket has a name that the policy opens, or is to prove that it is closed', () => {
  const checkout = join(cloudInit, '..');
  const names = {
    'cloud-init/steps/2-handover/95-verify.sh': /^\tprobe=(\S*?)\$/gm,
    'cloud-init/handover/usr/local/share/mastodon/once/store_proof.rb': /bucket\.object\("([^#]*)#/g,
    'cli/doctor/checks.ts': /const key = `([^$]*)\$/g,
  };
  const found = Object.entries(names).map(([path, pattern]) =>
    [...readFileSync(join(checkout, path), 'utf8').matchAll(pattern)].map(([, name]) => name),
  );
  expect(found).toEqual([['probe-', 'backups/probe-'], ['probe-'], ['probe-']]);
});
