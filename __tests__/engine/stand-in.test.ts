/**
 * The stand-in images keep the contract of Mastodon's official ones: every command and address that the machine uses,
 * against a real PostgreSQL, Redis and S3. Needs root (chroot).
 */
import { createECDH } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { buildStandIn } from '../../local/stand-in/stand-in';
import { openAuthority } from '../../local/services/authority';
import { startObjectStore } from '../../local/services/object-store';
import { ensureToolchain } from '../../local/toolchain';
import { Container } from '../support/stand-in/container';
import { freePort } from '../support/free-endpoint';
import { eventually, startDatabases, stop, type Databases } from '../support/stand-in/databases';
import { Visitor } from '../support/visitor';

/** The first time it builds images and object store. */
const BUILD_TIMEOUT_MS = 300_000;
jest.setTimeout(180_000);

const READY_FILE = 'opt/mastodon/tmp/sidekiq_process_has_started_and_will_begin_processing_jobs';
const STORE_PROOF = join(__dirname, '../../cloud-init/handover/usr/local/share/mastodon/once/store_proof.rb');
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

const folder = mkdtempSync(join(tmpdir(), 'standin-'));
chmodSync(folder, 0o755); // PostgreSQL runs as another user
const cleanups: (() => Promise<unknown>)[] = [];
/** What the servers print. */
const log: string[] = [];
let web: Container;
let streaming: Container;
let databases: Databases;
let environment: Record<string, string>;
let store: Awaited<ReturnType<typeof startObjectStore>>;

beforeAll(async () => {
  if (process.getuid?.() !== 0)
    throw new Error('The stand-in images are tried in a chroot: run this test as root');
  const images = await buildStandIn('4.6.5', () => undefined);
  web = await Container.unpack(images.web, join(folder, 'web'));
  streaming = await Container.unpack(images.streaming, join(folder, 'streaming'));
  databases = await startDatabases(folder);
  cleanups.push(() => databases.stop());
  environment = { ...databases.environment, ...vapidKeys(), ...(await startStore()) };
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  rmSync(folder, { recursive: true, force: true });
});

describe('before it starts', () => {
  test.each([
    ['bundle', 'exec', 'puma', '-C', 'config/puma.rb'],
    ['bundle', 'exec', 'sidekiq'],
    ['tootctl', '--version'],
  ])('%s %s names every required variable that is missing', async (...command) => {
    const { code, stderr, stdout } = await web.run(command, { S3_ENABLED: 'true', SECRET_KEY_BASE: ' ' });
    expect(code).not.toBe(0);
    for (const name of [
      'SECRET_KEY_BASE',
      'ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY',
      'ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY',
      'ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT',
      'LOCAL_DOMAIN',
      'S3_BUCKET',
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
    ]) {
      expect(stdout + stderr).toContain(`${name} is missing or blank`);
    }
  });

  test('both kinds of encryption for mail at once are refused', async () => {
    const { code, stderr } = await web.run(['tootctl', '--version'], {
      ...environment,
      ...{ SMTP_TLS: 'true', SMTP_ENABLE_STARTTLS: 'always' },
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain('SMTP_TLS and SMTP_ENABLE_STARTTLS exclude each other');
  });

  test('placeholders, a namespace in Redis and a broken VAPID pair are refused', async () => {
    const { code, stderr } = await web.run(['tootctl', '--version'], {
      ...environment,
      ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY: 'placeholder_DO_NOT_USE_IN_PRODUCTION',
      REDIS_NAMESPACE: 'mastodon',
      VAPID_PRIVATE_KEY: vapidKeys().VAPID_PRIVATE_KEY,
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain('ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY is a placeholder');
    expect(stderr).toContain('REDIS_NAMESPACE');
    expect(stderr).toContain('VAPID_PUBLIC_KEY does not belong to VAPID_PRIVATE_KEY');
  });

  test('complains, as Bundler does, of a home that it can not write to', async () => {
    const said = async (HOME: string) =>
      (await web.run(['tootctl', 'version'], { ...environment, HOME })).stderr;
    expect(await said('/opt/mastodon')).toContain('`/opt/mastodon` is not writable.');
    expect(await said('/tmp')).toBe('');
  });

  test('rails secret prints 128 hex characters and needs no environment', async () => {
    const { code, stdout } = await web.run(['rails', 'secret']);
    expect([code, stdout.trim()]).toEqual([0, expect.stringMatching(/^[0-9a-f]{128}$/)]);
  });
});

describe('the database', () => {
  test('the schema is loaded only with a promise, and then once', async () => {
    const refused = await web.run(['rails', 'db:prepare'], environment);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('SAFETY_ASSURED=1')]);
    const skipping = await web.run(['rails', 'db:migrate'], {
      ...environment,
      SKIP_POST_DEPLOYMENT_MIGRATIONS: 'true',
    });
    expect(skipping.code).toBe(1);
    const prepared = await web.run(['rails', 'db:prepare'], { ...environment, SAFETY_ASSURED: '1' });
    expect([prepared.code, prepared.stderr]).toEqual([0, '']);
    expect((await web.run(['rails', 'db:prepare'], environment)).code).toBe(0);
    expect((await web.run(['rails', 'db:migrate'], environment)).code).toBe(0);
  });

  test('schema.rb is what the migrations make', async () => {
    const { stdout } = await web.run(
      ['rails', 'runner', '-'],
      environment,
      'ActiveRecord::SchemaDumper.dump(ActiveRecord::Base.connection_pool)',
    );
    expect(stdout).toBe(readFileSync(join(web.root, 'opt/mastodon/db/schema.rb'), 'utf8'));
  });
});

describe('a running server', () => {
  let visitor: Visitor;
  let streamingUrl: string;
  let sidekiq: ChildProcess;
  let puma: ChildProcess;
  let streamingServer: ChildProcess;
  let status: { id: string; media_attachments: { url: string }[] };

  beforeAll(async () => {
    const create = ['tootctl', 'accounts', 'create', 'alice', '--email', 'alice@mastodon.test'];
    const owner = await web.run([...create, '--role', 'Owner', '--confirmed', '--approve'], environment);
    const password = /^OK\nNew password: (\w+)\n$/m.exec(owner.stdout)?.[1] ?? '';
    expect([owner.code, password]).toEqual([0, expect.stringMatching(/^\w{32}$/)]);

    const [webPort, streamingPort] = [await freePort(), await freePort()];
    sidekiq = web.start(
      ['bundle', 'exec', 'sidekiq', '-q', 'default,8', '-q', 'scheduler', '-c', '2'],
      environment,
    );
    puma = web.start(['bundle', 'exec', 'puma', '-C', 'config/puma.rb'], {
      ...environment,
      PORT: String(webPort),
    });
    streamingServer = streaming.start(['node', './streaming/index.js'], {
      ...environment,
      PORT: String(streamingPort),
    });
    const servers = [sidekiq, puma, streamingServer];
    for (const server of servers) {
      for (const output of [server.stdout, server.stderr])
        output?.on('data', (chunk: Buffer) => log.push(chunk.toString()));
    }
    cleanups.push(() => Promise.all(servers.map((server) => stop(server))));
    visitor = new Visitor('mastodon.test', { host: '127.0.0.1', port: webPort });
    streamingUrl = `127.0.0.1:${String(streamingPort)}/api/v1/streaming`;
    await eventually(async () => {
      expect(await (await fetch(`http://${streamingUrl}/health`)).text()).toBe('OK');
      expect((await visitor.get('/health', { host: 'anything.example', proto: 'http' })).body).toBe('OK');
      expect(existsSync(join(web.root, READY_FILE))).toBe(true);
    }, 60_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${log.join('').slice(-4_000)}`);
    });
    await visitor.signIn('alice@mastodon.test', password);
    await visitor.authorize('read write');
  });

  test('answers only to its names, and only behind HTTPS', async () => {
    expect((await visitor.get('/', { host: 'other.test' })).status).toBe(403);
    const plain = await visitor.get('/about', { proto: 'http' });
    expect([plain.status, plain.headers.location]).toEqual([301, 'https://mastodon.test/about']);
  });

  test('says that it is a stand-in', async () => {
    expect(JSON.parse((await visitor.get('/api/v2/instance')).body)).toMatchObject({
      domain: 'mastodon.test',
      version: '4.6.5+standin',
      configuration: { urls: { streaming: 'wss://mastodon.test' } },
      rules: [],
    });
    expect((await visitor.get('/')).body).toContain('stand-in');
  });

  test('other servers find the account', async () => {
    const finger = await visitor.get('/.well-known/webfinger?resource=acct:alice@mastodon.test');
    expect(JSON.parse(finger.body)).toMatchObject({ subject: 'acct:alice@mastodon.test' });
    expect((await visitor.get('/.well-known/webfinger?resource=acct:alice@other.test')).status).toBe(404);
    expect((await visitor.get('/.well-known/host-meta')).body).toContain('lrdd');
    expect((await visitor.get('/nodeinfo/2.0')).status).toBe(200);
  });

  test('keeps what it says of itself for minutes, in Redis and for every client, and nothing else', async () => {
    const age = async (path: string) => (await visitor.get(path)).headers['cache-control'];
    expect(await age('/nodeinfo/2.0')).toBe('max-age=1800, public');
    expect(await age('/api/v2/instance')).toBe('max-age=300, public');
    expect(await age('/')).not.toContain('public');
    const settings = `Setting.site_title = 'Another title'
      puts %w(well_known/node_info/show api/v2/instances/show).map { |key| Rails.cache.redis.with { |redis| redis.ttl("cache:#{key}") } }.join(' ')`;
    const { stdout } = await web.run(['rails', 'runner', '-'], environment, settings);
    const [nodeInfo, instance] = stdout.trim().split(' ').map(Number);
    expect([nodeInfo, instance].map((seconds) => Math.ceil((seconds ?? 0) / 60))).toEqual([30, 3]);
    expect((await visitor.get('/api/v2/instance')).body).not.toContain('Another title');
    expect((await visitor.get('/')).body).toContain('Another title');
  });

  test('the server itself is an account that signs', async () => {
    const { headers, body } = await visitor.get('/actor');
    expect(headers['content-type']).toContain('application/activity+json');
    expect(JSON.parse(body)).toMatchObject({
      id: 'https://mastodon.test/actor',
      publicKey: { publicKeyPem: expect.stringContaining('BEGIN PUBLIC KEY') as string },
    });
  });

  test('serves static files, cacheable for 28 days', async () => {
    const { status, headers } = await visitor.get('/packs/stand-in.css');
    expect([status, headers['cache-control']]).toEqual([200, expect.stringContaining('max-age=2419200')]);
  });

  test('the owner signs in, and is the owner', async () => {
    const account = await visitor.api('GET', '/api/v1/accounts/verify_credentials');
    expect(account).toMatchObject({ username: 'alice', role: { name: 'Owner' } });
  });

  test('a status with a picture lands in the bucket, and streaming reports it', async () => {
    const socket = new WebSocket(`ws://${streamingUrl}?stream=public&access_token=${visitor.token}`);
    const opened = once(socket, 'open');
    const event = new Promise<{ stream: string[]; event: string; payload: string }>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('message', (data: Buffer) => {
        resolve(JSON.parse(data.toString()) as { stream: string[]; event: string; payload: string });
      });
    });
    const events = await fetch(`http://${streamingUrl}/user?access_token=${visitor.token}`);
    const reader = events.body?.getReader();
    await opened;
    await eventually(async () => {
      expect(await (await fetch(`http://${streamingUrl.split('/')[0] ?? ''}/metrics`)).text()).toContain(
        '"timeline:public"',
      );
    });

    const media = (await visitor.upload(PICTURE, 'a pixel')) as { id: string };
    const post = () =>
      visitor.api('POST', '/api/v1/statuses', { status: 'Hello <b>', media_ids: [media.id] }, 'once');
    status = (await post()) as typeof status;
    expect(await post()).toMatchObject({ id: status.id }); // the same Idempotency-Key

    expect(await event).toMatchObject({
      stream: ['public'],
      event: 'update',
      payload: expect.stringContaining(status.id) as string,
    });
    const decoder = new TextDecoder();
    let received = '';
    while (!received.includes(status.id)) {
      const chunk: { done: boolean; value?: unknown } = (await reader?.read()) ?? { done: true };
      if (chunk.done) throw new Error(`the stream ended: ${received}`);
      received += decoder.decode(chunk.value as Uint8Array);
    }
    expect(received).toContain('event: update');
    socket.close();
    await reader?.cancel();

    const url = status.media_attachments[0]?.url ?? '';
    expect(url).toMatch(
      /^https:\/\/files\.mastodon\.test\/media_attachments\/files\/(\d{3}\/)+original\/\w+\.png$/,
    );
    expect(bucketFiles().filter((file) => file.endsWith('.png'))).toHaveLength(2);
  });

  test('the job has put it into the home timeline; deleting takes it and its files away', async () => {
    expect(await visitor.api('GET', '/api/v1/timelines/home')).toMatchObject([
      { id: status.id, content: '<p>Hello &lt;b&gt;</p>' },
    ]);
    await visitor.api('DELETE', `/api/v1/statuses/${status.id}`);
    await eventually(async () => {
      expect(await visitor.api('GET', '/api/v1/timelines/public')).toEqual([]);
    });
    expect(bucketFiles().filter((file) => file.endsWith('.png'))).toEqual([]);
  });

  test('streaming refuses an unknown token', async () => {
    expect((await fetch(`http://${streamingUrl}/public?access_token=wrong`)).status).toBe(401);
  });

  test('rails runner changes settings and rules by the same models, and refuses others', async () => {
    const script = `
      form = Form::AdminSettings.new(site_title: 'Our place', site_contact_username: 'alice', site_contact_email: 'a@b.example')
      raise form.errors.full_messages.join unless form.save
      Rule.create!(text: 'Be kind', hint: '', priority: 1)
      # Readers would see it up to three minutes later.
      Rails.cache.delete('api/v2/instances/show')
      puts UserRole.find_by!(name: 'Moderator').permissions_as_keys.join(' ')`;
    const { code, stdout } = await web.run(['rails', 'runner', '-'], environment, script);
    expect([code, stdout]).toEqual([0, expect.stringContaining('manage_reports')]);
    await web.run(['rails', 'runner', '-'], environment, `Rails.cache.delete('api/v2/instances/show')`);
    expect(await visitor.api('GET', '/api/v2/instance')).toMatchObject({
      title: 'Our place',
      rules: [{ text: 'Be kind' }],
    });
    const wrong = await web.run(
      ['rails', 'runner', '-'],
      environment,
      'Form::AdminSettings.new(nonsense: 1)',
    );
    expect(wrong.code).not.toBe(0);
  });

  test('tootctl: a new password ends the sessions; reserved names and unknown commands are refused', async () => {
    const tootctl = (...args: string[]) => web.run(['tootctl', ...args], environment);
    expect((await tootctl('settings', 'registrations', 'open')).stdout).toBe('OK\n');
    const reserved = await tootctl('accounts', 'create', 'admin', '--email', 'x@mastodon.test');
    expect([reserved.code, reserved.stderr]).toEqual([1, expect.stringContaining('Username is reserved')]);
    const unreachable = await tootctl('accounts', 'create', 'carol', '--email', 'carol@nowhere.test');
    expect([unreachable.code, unreachable.stderr]).toEqual([1, expect.stringContaining('Email unreachable')]);
    expect((await tootctl('emoji', 'export')).code).not.toBe(0);
    expect((await tootctl('accounts', 'modify', 'alice', '--reset-password')).stdout).toMatch(
      /^OK\nNew password: /,
    );
    expect((await visitor.request('GET', '/api/v1/accounts/verify_credentials')).status).toBe(401);
  });

  test('tootctl clears away what is old and of others, and what no record names, and nothing else', async () => {
    const script = `
      bob = Account.create!(username: 'bob', domain: 'other.example')
      file = Tempfile.new.path
      keep = ->(record) { record.paths.each { |path| MediaStorage.current.store(path, file, 'image/png') } }
      [30, 1].each do |days|
        keep.(bob.media_attachments.create!(file_file_name: "#{days}.png", file_content_type: 'image/png', file_file_size: 0,
          width: 1, height: 1, remote_url: "https://other.example/#{days}.png", created_at: days.days.ago))
      end
      keep.(PreviewCard.create!(url: 'https://example.net', image_file_name: 'card.png', image_file_size: 0, updated_at: 100.days.ago))
      MediaStorage.current.store('media_attachments/files/000/000/000/000/000/001/original/orphan.png', file, 'image/png')
      MediaStorage.current.store('probe-1', file, 'text/plain')
      [1, 2].each { |n| Status.create!(account: bob, text: n.to_s, uri: "https://other.example/#{n}", local: false, created_at: 200.days.ago) }
      Status.create!(account: Account.find_local('alice'), text: 'An answer', in_reply_to: Status.find_by!(uri: 'https://other.example/2'), created_at: 199.days.ago)`;
    expect(await web.run(['rails', 'runner', '-'], environment, script)).toMatchObject({ code: 0 });
    const pictures = () => [
      ...new Set(bucketFiles().flatMap((path) => /(\w+\.png|probe-1)$/.exec(path)?.[1] ?? [])),
    ];
    const tootctl = async (...args: string[]) => (await web.run(['tootctl', ...args], environment)).stdout;

    expect(await tootctl('media', 'remove', '--days', '7', '--dry-run')).toContain('Removed 1 media');
    expect(pictures().sort()).toEqual(['1.png', '30.png', 'card.png', 'orphan.png', 'probe-1']);
    expect(await tootctl('media', 'remove', '--days', '7')).toContain('Removed 1 media attachments');
    expect(await tootctl('preview_cards', 'remove', '--days', '60')).toContain('Removed 1 preview cards');
    expect(await tootctl('media', 'remove-orphans')).toContain('Removed 1 orphans');
    expect(pictures().sort()).toEqual(['1.png', 'probe-1']);
    expect(await tootctl('statuses', 'remove', '--days', '90')).toContain('removed 1 out of 1 statuses');
    expect((await web.run(['tootctl', 'media', 'remove', '--day', '7'], environment)).code).not.toBe(0);
  });

  const prove = (changes: Record<string, string> = {}) =>
    web.run(['rails', 'runner', '-'], { ...environment, ...changes }, readFileSync(STORE_PROOF, 'utf8'));
  const probes = () => bucketFiles().filter((path) => /probe-\w+-(small|large)/.test(path));

  test('the proof of the store passes; a batch delete that the store refuses is reported', async () => {
    const proof = await prove();
    expect([proof.code, proof.stderr]).toEqual([
      0,
      expect.stringMatching(/batch delete \(MissingContentMD5: /),
    ]);
    expect(probes()).toEqual([]);
    await store.fail({ service: 'object-store', fault: 'lenient' });
    const lenient = await prove();
    expect([lenient.code, lenient.stderr]).toEqual([0, expect.not.stringContaining('store_proof')]);
    expect(probes()).toEqual([]);
    await store.fail(undefined);
  });

  test('the proof of the store says why nothing can be put: checksums that it refuses, a full bucket', async () => {
    const refused = await prove({ AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_SUPPORTED' });
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(
        /can't put an object in the media bucket\. XAmzContentSHA256Mismatch: .*WHEN_REQUIRED/,
      ),
    ]);
    await store.fail({ service: 'object-store', fault: 'full' });
    const full = await prove();
    expect([full.code, full.stderr]).toEqual([
      1,
      expect.stringMatching(/QuotaExceeded: .*The bucket is full: raise the setting mediaGb/),
    ]);
    await store.fail(undefined);
  });

  test('sidekiq stops cleanly', async () => {
    expect(await stop(sidekiq)).toBe(0);
    expect(existsSync(join(web.root, READY_FILE))).toBe(false);
  });

  // Puma raises SIGTERM once more when it has stopped (raise_exception_on_sigterm, its default), and tini says 128 + 15. The gem
  // prometheus_exporter catches nothing. Mastodon's streaming ends at once, with 0, and leaves its streams to TCP.
  test('each process that SIGTERM asks to stop ends with the status of the real one', async () => {
    const reset = await web.run(['tootctl', 'accounts', 'modify', 'alice', '--reset-password'], environment);
    await visitor.signIn('alice@mastodon.test', /New password: (\w+)/.exec(reset.stdout)?.[1] ?? '');
    await visitor.authorize('read write');
    const stream = new WebSocket(`ws://${streamingUrl}?stream=public&access_token=${visitor.token}`);
    await once(stream, 'open');
    const closed = once(stream, 'close');
    expect(await stop(streamingServer)).toBe(0);
    expect((await closed)[0]).toBe(1006);
    expect(await stop(puma)).toBe(143);
    const port = String(await freePort());
    const exporter = web.start(['./bin/prometheus_exporter', '--bind', '127.0.0.1', '--port', port]);
    await eventually(async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    expect(await stop(exporter)).toBe(143);
  });
});

/** A real S3 server with a bucket, and Mastodon's variables for it. */
async function startStore(): Promise<Record<string, string>> {
  const authority = await openAuthority(join(folder, 'authority'));
  const port = await freePort();
  store = await startObjectStore({
    binary: (await ensureToolchain()).binaries.versitygw,
    folder: join(folder, 'store'),
    listen: { address: '127.0.0.1', port },
    tls: await authority.issue('store', ['127.0.0.1']),
    region: 'LON1',
    logFolder: join(folder, 'log'),
    log: () => undefined,
  });
  cleanups.push(() => store.stop());
  await store.putCredential('media', 'media-secret');
  await store.createBucket('media', 'media');
  copyFileSync(authority.certificate, join(web.root, 'ca.pem'));
  return {
    SSL_CERT_FILE: '/ca.pem',
    S3_ENABLED: 'true',
    S3_BUCKET: 'media',
    S3_REGION: 'LON1',
    S3_ENDPOINT: `https://127.0.0.1:${String(port)}`,
    S3_ALIAS_HOST: 'files.mastodon.test',
    S3_PERMISSION: '',
    AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED',
    AWS_ACCESS_KEY_ID: 'media',
    AWS_SECRET_ACCESS_KEY: 'media-secret',
  };
}

function bucketFiles(): string[] {
  return readdirSync(join(folder, 'store', 'buckets', 'media'), { recursive: true, encoding: 'utf8' });
}

/** As the program generates them. */
function vapidKeys() {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const padded = (bytes: Buffer) => bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  return {
    VAPID_PRIVATE_KEY: padded(Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()]).subarray(-32)),
    VAPID_PUBLIC_KEY: padded(pair.getPublicKey()),
  };
}
