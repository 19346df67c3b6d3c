/** A server as the first `pulumi up` leaves it. */
import { statSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpRequest } from 'node:http';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import WebSocket from 'ws';
import type { Community } from '../../community-files/types';
import { writeCommunity } from '../support/community/folder';
import type { Result } from '../support/stack';
import { exampleCommunity } from '../support/community/example';
import type { Visitor } from '../support/visitor';
import { takesConnectionsFrom, tlsOf } from '../support/machine/connections';
import { eventually } from '../support/eventually';
import { expectCommunity } from '../support/machine/expect-community';
import { DOMAIN, LocalServer } from '../support/machine/local-server';
import type { Outputs } from '../support/machine/outputs';
import { PICTURE, postWithPicture } from '../support/machine/picture';
import { s3 } from '../support/machine/s3';
import { whatFailed } from '../support/machine/what-failed';

jest.setTimeout(600_000);

const MEDIA_DOMAIN = `files.${DOMAIN}`;
const SERVICES = [
  'nginx', 'postgresql@17-main', 'redis-server', 'mastodon-web@1', 'mastodon-web@2', 'mastodon-streaming',
  'mastodon-sidekiq@default', 'mastodon-sidekiq@push', 'ssh', 'nftables',
]; // prettier-ignore

const example = exampleCommunity(3);
/** Of as few as a team may have: each is sent an invitation, and no relay takes it. */
const community: Community = {
  ...example,
  roles: [],
  team: example.team.filter(({ username }) => ['alice', 'bob'].includes(username)),
};

let server: LocalServer;
let up: Result;
let outputs: Outputs;
let visitor: Visitor;
/** When strangers could open a connection to SSH while the machine was made. */
const openToStrangers: number[] = [];

beforeAll(async () => {
  server = await LocalServer.prepare();
  const folder = join(server.folder, 'community');
  writeCommunity(folder, community);
  await server.stack.setConfig({ community: folder });
  const watch = new AbortController();
  const watching = watchSshFromOutside(watch.signal);
  try {
    up = await server.stack.up();
  } finally {
    watch.abort();
    await watching;
  }
  outputs = await server.outputs();
  visitor = await server.visitor();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

async function watchSshFromOutside(signal: AbortSignal): Promise<void> {
  const { outsider, publicPool } = server.cloud.addresses;
  while (!signal.aborted) {
    if (await takesConnectionsFrom(outsider, publicPool.first, 22)) openToStrangers.push(Date.now());
    await sleep(200);
  }
}

const startedAt = () =>
  server.ssh(
    'alice',
    `systemctl show ${SERVICES.join(' ')} --property=Id,ActiveEnterTimestampMonotonic,MainPID`,
  );

async function keys(client: S3Client, Bucket: string, Prefix: string): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

describe('a server that pulumi up has made', () => {
  test('answers over HTTPS when up ends', async () => {
    expect(up.exitCode).toBe(0);
    expect((await visitor.get('/health')).body).toBe('OK');
  });

  test('shows no change in a preview', async () => {
    await server.stack.preview({ expectNoChanges: true });
  });

  test('has its community when the first up ends: rules, terms, privacy policy, settings and blocks', async () => {
    await expectCommunity(server, community);
  });

  test('kept SSH closed to strangers from the moment its script ran', () => {
    const scriptRan = statSync(
      join(server.diskOf(outputs.instanceId), 'var/log/mastodon-boot.log'),
    ).birthtimeMs;
    // Installing nftables on an image without it takes a moment.
    expect(openToStrangers.filter((time) => time > scriptRan + 5_000)).toEqual([]);
  });

  test('has SSH open from the VPN and closed to strangers', async () => {
    const { vpn, outsider } = server.cloud.addresses;
    // At the end of an up sshd may be reading its settings again.
    await eventually('SSH from the VPN', () => takesConnectionsFrom(vpn, outputs.publicAddress, 22));
    expect(await takesConnectionsFrom(outsider, outputs.publicAddress, 22)).toBe(false);
    for (const port of [80, 443])
      expect(await takesConnectionsFrom(outsider, outputs.publicAddress, port)).toBe(true);
    for (const port of [3001, 3002, 4000, 5432, 6379])
      expect(await takesConnectionsFrom(vpn, outputs.publicAddress, port)).toBe(false);
  });

  test('lets its administrators in by key, with sudo, and no other user', async () => {
    for (const name of ['alice', 'bob'])
      expect(await server.ssh(name, 'sudo id --user --name')).toBe('root\n');
    expect(await server.ssh('bob', 'hostname', { computer: server.cloud.addresses.vpn })).toBe(
      'mastodon-test-1\n',
    );
    await expect(server.ssh('root', 'true', { key: 'alice' })).rejects.toThrow('Permission denied');
    await expect(server.ssh('alice', 'true', { key: 'bob' })).rejects.toThrow('Permission denied');
    await expect(server.ssh('alice', 'true', { key: 'stranger' })).rejects.toThrow(
      'Permission denied (publickey)',
    );
  });

  test('speaks HTTP/2 and TLS 1.2 and 1.3 only, with HSTS, and leads HTTP there', async () => {
    expect((await tlsOf(server, { minVersion: 'TLSv1.3' })).getProtocol()).toBe('TLSv1.3');
    expect((await tlsOf(server, { maxVersion: 'TLSv1.2' })).getProtocol()).toBe('TLSv1.2');
    await expect(tlsOf(server, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).rejects.toThrow();
    expect((await visitor.get('/')).headers['strict-transport-security']).toBe('max-age=63072000');
    expect(await http2Status('/health')).toBe(200);
    expect(await redirectOf('/about')).toBe(`https://${DOMAIN}/about`);
  });

  test('takes a post with a picture, stores the picture in the bucket, and streams the post', async () => {
    visitor = await server.owner();
    const events: string[] = [];
    const stream = new WebSocket(
      `wss://${outputs.publicAddress}/api/v1/streaming?stream=user&access_token=${visitor.token}`,
      { headers: { Host: DOMAIN }, agent: new Agent({ servername: DOMAIN, ca: server.ca }) },
    );
    stream.on('message', (data: Buffer) => events.push(data.toString()));
    await new Promise((resolve, reject) => stream.once('open', resolve).once('error', reject));

    const url = await postWithPicture(visitor, 'The first one');
    expect(url.host).toBe(MEDIA_DOMAIN);
    const picture = await (await server.visitor(MEDIA_DOMAIN)).get(url.pathname);
    expect(picture.status).toBe(200);
    expect(picture.headers['access-control-allow-origin']).toBe('*');
    // The machine's own word alone: what the object says of itself would keep a deleted one in nginx's cache.
    expect(picture.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const stored = await (
      await s3(server, 'media')
    ).send(new GetObjectCommand({ Bucket: outputs.buckets.media.name, Key: url.pathname.slice(1) }));
    expect(Buffer.from((await stored.Body?.transformToByteArray()) ?? [])).toEqual(PICTURE);
    await eventually('the post is streamed', () =>
      Promise.resolve(events.some((event) => event.includes('The first one'))),
    );
    stream.close();
  });

  test('keeps backups and media apart: the media key opens no backup', async () => {
    await expect(keys(await s3(server, 'media'), outputs.buckets.backups.name, '')).rejects.toThrow(
      /not authorized|Access ?Denied/i,
    );
    await expect(keys(await s3(server, 'backups'), outputs.buckets.media.name, '')).rejects.toThrow(
      /not authorized|Access ?Denied/i,
    );
  });

  test('has the backup of the day in the backup bucket, encrypted, and the log at most a minute behind', async () => {
    const client = await s3(server, 'backups');
    const list = (prefix: string) => keys(client, outputs.buckets.backups.name, prefix);
    await eventually('a full backup', async () =>
      (await list('postgresql/backup/mastodon/')).some((key) => /\d{8}-\d{6}F\/backup\.manifest$/.test(key)),
    );
    const info = JSON.parse(await server.sudo('-u postgres pgbackrest --output=json info')) as {
      cipher: string;
    }[];
    expect(info[0]?.cipher).toBe('aes-256-cbc');
    const segments = async () =>
      (await list('postgresql/archive/mastodon/')).filter((key) => key.endsWith('.zst')).length;
    const before = await segments();
    await visitor.api('POST', '/api/v1/statuses', { status: 'To be archived' });
    await eventually('the log of the post is in the bucket', async () => (await segments()) > before, 90);
  });

  test('has data checksums, and a backup that checks them', async () => {
    expect(await server.sql('SHOW data_checksums')).toBe('on');
    expect(
      await server.sudo('-u postgres pgbackrest --stanza=mastodon repo-get backup/mastodon/backup.info'),
    ).toMatch(/F=.*"option-checksum-page":true/);
  });

  test('restarts and changes nothing in a converge without a change', async () => {
    const before = await startedAt();
    expect(await server.sudo('converge')).toMatch(/converged in [\d.]+ s: 0 changes\n$/);
    expect(await startedAt()).toBe(before);
    expect(await server.sudo('converge --dry-run')).toMatch(/ 0 changes\n$/);
  });

  test('runs its timers and nothing that failed', async () => {
    const timers = await server.ssh('alice', 'systemctl list-timers --no-legend');
    for (const timer of ['mastodon-backup.timer', 'certbot.timer', 'apt-daily-upgrade.timer'])
      expect(timers).toContain(timer);
    expect(await whatFailed(server)).toBe('');
  });

  test('shows no secret in a process list, a log or its user data', async () => {
    const secrets = (await server.sudo('cat /etc/mastodon/secrets.env'))
      .split('\n')
      .filter((line) => /^(SECRET|ACTIVE|VAPID_PRIVATE|DB_PASS|SMTP_PASS|AWS_SECRET)/.test(line))
      .map((line) => line.slice(line.indexOf('=') + 1));
    expect(secrets).toHaveLength(8);
    const seen = await server
      .sudo(
        `sh -c 'ps axww; journalctl --no-pager; cat /var/log/*.log /usr/local/bin/civo-user-init-script; ls /run | grep tmp.'`,
      )
      .catch(String);
    for (const secret of secrets) expect(seen).not.toContain(secret);
  });
});

function http2Status(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://${outputs.publicAddress}`, { ca: server.ca, servername: DOMAIN });
    session.once('error', reject);
    session
      .request({ ':path': path, ':authority': DOMAIN })
      .once('response', (headers) => {
        session.close();
        resolve(headers[':status']);
      })
      .end();
  });
}

function redirectOf(path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: outputs.publicAddress, path, headers: { Host: DOMAIN } }, (answer) => {
      answer.resume();
      resolve(answer.headers.location);
    })
      .once('error', reject)
      .end();
  });
}
