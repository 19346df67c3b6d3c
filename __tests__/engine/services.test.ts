import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { decode, encode } from 'dns-packet';
import { startAcme } from '../../local/services/acme';
import { type Authority, openAuthority, type ServerCertificate } from '../../local/services/authority';
import { startNameServer } from '../../local/services/name-server';
import { startObjectStore } from '../../local/services/object-store';
import type { Endpoint } from '../../local/services/program';
import { startRegistry } from '../../local/services/registry';
import { render } from '../../cloud-init/template';
import { ensureToolchain, type Toolchain } from '../../local/toolchain';
import { freeEndpoint } from '../support/free-endpoint';
import { storeClient } from '../support/store-client';

let folder: string;
let authority: Authority;
let tls: ServerCertificate;
let binaries: Toolchain['binaries'];
const log = (line: string) => {
  console.log(line);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'services-'));
  ({ binaries } = await ensureToolchain());
  authority = await openAuthority(folder);
  tls = await authority.issue('service', ['service.civo.test', '127.0.0.1']);
}, 900_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** A request that trusts the local authority alone. */
function ask(endpoint: Endpoint, path: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ca = readFileSync(authority.certificate);
    const headers = { 'User-Agent': 'jest' }; // ACME demands one
    request({ host: endpoint.address, port: endpoint.port, path, method, ca, headers }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, body: Buffer.concat(chunks).toString() });
        });
    })
      .on('error', reject)
      .end();
  });
}

describe('authority', () => {
  test('is made once, and issues a certificate once for the same names', async () => {
    const again = await openAuthority(folder);
    const before = readFileSync(tls.certificate, 'utf8');
    await again.issue('service', ['service.civo.test', '127.0.0.1']);
    expect(readFileSync(tls.certificate, 'utf8')).toBe(before);
    await again.issue('service', ['service.civo.test', '127.0.0.1', 'other.civo.test']);
    expect(readFileSync(tls.certificate, 'utf8')).not.toBe(before);
  });

  test('is one that openssl accepts', async () => {
    const { stdout } = await promisify(execFile)('openssl', [
      ...['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'service.civo.test'],
      ...['-CAfile', authority.certificate, tls.certificate],
    ]);
    expect(stdout).toContain('OK');
  });
});

describe('object store', () => {
  const keys = { media: 'MEDIAMEDIAMEDIAMEDIA', backups: 'BACKUPSBACKUPSBACKUP' };
  const secrets = { media: 'm'.repeat(40), backups: 'b'.repeat(40) };
  let endpoint: Endpoint;
  let store: Awaited<ReturnType<typeof startObjectStore>>;

  const start = () =>
    startObjectStore({
      ...{
        binary: binaries.versitygw,
        folder: join(folder, 'objectstore'),
        listen: endpoint,
        tls,
        region: 'LON1',
        log,
      },
      logFolder: folder,
    });
  /** A client with the key of one of the two. */
  const client = (name: keyof typeof keys, secret = secrets[name]) =>
    storeClient({ endpoint, authority: authority.certificate, accessKey: keys[name], secret });
  const put = (name: keyof typeof keys, bucket: string, secret?: string, key = 'probe-1') =>
    client(name, secret).send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'hello' }));
  /** The machine's own. */
  const mediaPolicy = (mediaBucket: string) => {
    const path = 'handover/etc/mastodon/media-policy.json';
    const text = readFileSync(join(__dirname, '../../cloud-init', path), 'utf8');
    return render(path, text, { mediaBucket }, new Set());
  };

  beforeAll(async () => {
    endpoint = await freeEndpoint();
    store = await start();
    for (const name of ['media', 'backups'] as const) {
      await store.putCredential(keys[name], secrets[name]);
      await store.createBucket(name, keys[name]);
    }
  });
  afterAll(() => store.stop());

  test('gives a credential everything on its own bucket', async () => {
    await put('media', 'media');
    const listed = await client('media').send(new ListObjectsV2Command({ Bucket: 'media' }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(['probe-1']);
  });

  test("refuses every access to another credential's bucket", async () => {
    const denied = { $metadata: { httpStatusCode: 403 } };
    const backups = client('backups');
    await expect(put('backups', 'media')).rejects.toMatchObject(denied);
    await expect(backups.send(new GetObjectCommand({ Bucket: 'media', Key: 'probe' }))).rejects.toMatchObject(
      denied,
    );
    await expect(backups.send(new ListObjectsV2Command({ Bucket: 'media' }))).rejects.toMatchObject(denied);
  });

  test('refuses anonymous reads until the owner allows them; then anyone reads, and only the owner writes', async () => {
    expect((await ask(endpoint, '/media/probe-1')).status).toBe(403);
    await client('media').send(new PutBucketPolicyCommand({ Bucket: 'media', Policy: mediaPolicy('media') }));

    expect(await ask(endpoint, '/media/probe-1')).toMatchObject({ status: 200, body: 'hello' });
    expect((await ask(endpoint, '/media/?list-type=2')).status).toBe(403);
    await put('media', 'media');
    await expect(put('backups', 'media')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });

  test('shows the folders of public media to anyone, and archives, imports and all other folders to no visitor', async () => {
    const open = [
      'accounts/a.png',
      'cache/accounts/b.png',
      'site_uploads/files/@1x/c.png',
      'preview_cards/d.png',
    ];
    const shut = ['backups/dumps/a.zip', 'backups/probe-1', 'imports/data/b.csv', 'other.txt', 'accounts'];
    for (const key of [...open, ...shut.filter((one) => one !== 'accounts')])
      await put('media', 'media', undefined, key);
    for (const key of open) expect([key, (await ask(endpoint, `/media/${key}`)).status]).toEqual([key, 200]);
    for (const key of shut) expect([key, (await ask(endpoint, `/media/${key}`)).status]).toEqual([key, 403]);
    // As Mastodon hands an archive out.
    const signed = await client('media').send(
      new GetObjectCommand({ Bucket: 'media', Key: 'backups/dumps/a.zip' }),
    );
    expect(await signed.Body?.transformToString()).toBe('hello');
  });

  test("answers each rule that the machine's own client sends, though the server closes before it has read it", async () => {
    const program = `
from kept_versions import RULES
from s3_client import Bucket
bucket = Bucket('https://127.0.0.1:${String(endpoint.port)}', 'LON1', '${keys.media}', '${secrets.media}', 'media')
print({bucket.ask('PUT', query={'lifecycle': ''}, body=RULES.encode()).status for _ in range(300)})`;
    const PYTHONPATH = join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon');
    const env = {
      ...process.env,
      PYTHONPATH,
      PYTHONDONTWRITEBYTECODE: '1',
      SSL_CERT_FILE: authority.certificate,
    };
    const { stdout } = await promisify(execFile)('python3', ['-c', program], { env });
    expect(stdout).toBe('{501}\n');
  });

  test('is the same after a restart', async () => {
    await store.stop();
    store = await start();
    await put('media', 'media');
    expect((await ask(endpoint, '/media/probe-1')).status).toBe(200);
    expect((await ask(endpoint, '/media/backups/probe-1')).status).toBe(403);
  });

  test('takes a new secret, and refuses the old one at once', async () => {
    await store.putCredential(keys.backups, 'n'.repeat(40));
    await put('backups', 'backups', 'n'.repeat(40));
    await expect(put('backups', 'backups')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    await store.removeCredential(keys.backups);
    await expect(put('backups', 'backups', 'n'.repeat(40))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('removes a bucket with what is in it', async () => {
    await store.removeBucket('media');
    expect((await ask(endpoint, '/media/probe-1')).status).toBe(404);
    await store.removeBucket('media');
  });
});

describe('name server', () => {
  const upstreamName = 'deb.example.org';
  let server: Awaited<ReturnType<typeof startNameServer>>;
  let resolver: Resolver;
  const upstream = createSocket('udp4');

  beforeAll(async () => {
    upstream.on('message', (query, { port, address }) => {
      const { id, questions } = decode(query);
      const known = questions?.[0]?.name === upstreamName;
      const answers = known ? [{ type: 'A' as const, name: upstreamName, ttl: 60, data: '192.0.2.7' }] : [];
      upstream.send(
        encode({ type: 'response', id, flags: known ? 0 : 3, questions, answers }),
        port,
        address,
      );
    });
    await new Promise<void>((resolve) => upstream.bind(0, '127.0.0.1', resolve));
    const listen = await freeEndpoint();
    server = await startNameServer({
      listen,
      ownZones: [{ name: 'civo.test', records: [{ name: 'acme', type: 'A', value: '198.18.2.3', ttl: 60 }] }],
      resolver: { address: '127.0.0.1', port: upstream.address().port },
      log,
    });
    await server.publish([
      {
        name: 'mastodon.test',
        records: [
          { name: '@', type: 'A', value: '198.18.2.20', ttl: 600 },
          { name: 'www', type: 'CNAME', value: 'mastodon.test.', ttl: 600 },
          { name: 'apt', type: 'CNAME', value: upstreamName, ttl: 600 },
          { name: '', type: 'MX', value: 'mail.mastodon.test', ttl: 600, priority: 5 },
          { name: '@', type: 'TXT', value: 'v=spf1 -all', ttl: 600 },
          { name: 'long', type: 'TXT', value: 'x'.repeat(1500), ttl: 600 },
          { name: '_imaps._tcp', type: 'SRV', value: '1 993 mail.mastodon.test', ttl: 600, priority: 7 },
        ],
      },
    ]);
    resolver = new Resolver();
    resolver.setServers([`127.0.0.1:${String(listen.port)}`]);
  });
  afterAll(async () => {
    await server.stop();
    upstream.close();
  });

  test('serves its own names and the published zones', async () => {
    expect(await resolver.resolve4('acme.civo.test')).toEqual(['198.18.2.3']);
    expect(await resolver.resolve4('Mastodon.TEST')).toEqual(['198.18.2.20']);
    expect(await resolver.resolve4('www.mastodon.test')).toEqual(['198.18.2.20']);
    expect(await resolver.resolveMx('mastodon.test')).toEqual([
      { exchange: 'mail.mastodon.test', priority: 5 },
    ]);
    expect(await resolver.resolveTxt('mastodon.test')).toEqual([['v=spf1 -all']]);
    expect(await resolver.resolveSrv('_imaps._tcp.mastodon.test')).toEqual([
      { name: 'mail.mastodon.test', port: 993, priority: 7, weight: 1 },
    ]);
    expect(await resolver.resolveSoa('mastodon.test')).toMatchObject({ nsname: 'ns0.civo.com' });
  });

  test('cuts a large answer short over UDP and gives it whole over TCP', async () => {
    const [strings] = await resolver.resolveTxt('long.mastodon.test');
    expect(strings?.join('')).toBe('x'.repeat(1500));
  });

  test('distinguishes a name that is not there from a name without such a record', async () => {
    await expect(resolver.resolve4('nobody.mastodon.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve6('mastodon.test')).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(resolver.resolve4('_tcp.mastodon.test')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  test('forwards everything else, the end of an alias too', async () => {
    expect(await resolver.resolve4(upstreamName)).toEqual(['192.0.2.7']);
    expect(await resolver.resolve4('apt.mastodon.test')).toEqual(['192.0.2.7']);
    await expect(resolver.resolve4('nobody.example.org')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  test('forgets what is no longer published', async () => {
    await server.publish([]);
    await expect(resolver.resolve4('mastodon.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('ACME server', () => {
  test('serves its directory under the local authority, and shows the root of what it issues', async () => {
    const [listen, management, nameServer] = [
      await freeEndpoint(),
      await freeEndpoint(),
      await freeEndpoint(),
    ];
    const acme = await startAcme({
      ...{
        binary: binaries.pebble,
        folder,
        listen,
        inner: await freeEndpoint(),
        managementPort: management.port,
        tls,
        expired: tls,
        authority,
        nameServer,
        log,
      },
      logFolder: folder,
    });
    try {
      const directory = await ask(listen, '/dir');
      expect(JSON.parse(directory.body)).toHaveProperty('newOrder');
      const root = readFileSync(acme.root, 'utf8');
      expect(root).toMatch(/^-----BEGIN CERTIFICATE-----/);
      // What Pebble issues with leads to the authority, too, by its root as the authority signed it.
      const [crossSigned, intermediate] = [
        join(folder, 'cross-signed.pem'),
        join(folder, 'intermediate.pem'),
      ];
      writeFileSync(crossSigned, await authority.crossSign(root));
      writeFileSync(intermediate, (await ask(management, '/intermediates/0')).body);
      const verified = await promisify(execFile)('openssl', [
        ...['verify', '-CAfile', authority.certificate, '-untrusted', crossSigned, intermediate],
      ]);
      expect(verified.stdout).toContain('OK');
    } finally {
      await acme.stop();
    }
  });
});

describe('image registry', () => {
  test('gives out an OCI layout by tag and by digest, and takes nothing', async () => {
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
    });
    const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
    const layout = join(folder, 'layout');
    mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });
    writeFileSync(join(layout, 'blobs', digest.replace(':', '/')), manifest);
    const annotations = { 'org.opencontainers.image.ref.name': 'v4' };
    writeFileSync(join(layout, 'index.json'), JSON.stringify({ manifests: [{ digest, annotations }] }));

    const listen = await freeEndpoint();
    const registry = await startRegistry({ listen, tls, repositories: { mastodon: layout } });
    try {
      expect((await ask(listen, '/v2/')).status).toBe(200);
      for (const reference of ['v4', digest]) {
        const answer = await ask(listen, `/v2/mastodon/manifests/${reference}`);
        expect(answer).toMatchObject({ status: 200, body: manifest });
        expect(answer.headers).toMatchObject({
          'content-type': 'application/vnd.oci.image.manifest.v1+json',
          'docker-content-digest': digest,
        });
      }
      expect((await ask(listen, `/v2/mastodon/blobs/${digest}`, 'HEAD')).headers['content-length']).toBe(
        String(manifest.length),
      );
      expect((await ask(listen, '/v2/mastodon/manifests/v5')).status).toBe(404);
      expect((await ask(listen, '/v2/mastodon/blobs/..%2F..%2Findex.json')).status).toBe(404);
      expect((await ask(listen, '/v2/other/manifests/v4')).status).toBe(404);
      expect((await ask(listen, '/v2/mastodon/blobs/uploads/', 'POST')).status).toBe(405);
    } finally {
      await registry.stop();
    }
  });
});
