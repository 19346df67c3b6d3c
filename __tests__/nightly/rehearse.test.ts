/** An upgrade that is rehearsed on a copy of the server. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { removeCloud } from '../../local/remove-cloud';
import { MovingServer } from '../support/machine/moving-server';

jest.setTimeout(600_000);

/** Of the copy: other tests' clouds have lower ones. */
const SLOT = 7;

const site = new MovingServer();
const { operation, populate, sudo } = site;
beforeAll(async () => {
  await site.up();
  await populate();
}, 1_800_000);
afterAll(() => site.remove(), 120_000);

test('an upgrade is rehearsed on a copy that reaches no other server, and production is only read', async () => {
  const bucket = site.server.bucket(site.outputs.buckets.backups.name);
  // The log and the lease's beat are production's own; a backup, or another holder, would be the copy's.
  const production = () => {
    const { machine, term } = JSON.parse(
      readFileSync(join(bucket, 'lease', 'holder.json'), 'utf8'),
    ) as Record<'machine' | 'term', unknown>;
    const backups = execFileSync('ls', ['-lR', join(bucket, 'postgresql', 'backup')]).toString();
    return { machine, term, backups };
  };
  await sudo('systemctl stop mastodon-backup.timer mastodon-dump.timer');
  await sudo('systemctl start mastodon-backup.service');
  const before = production();
  const stateFolder = join(__dirname, '..', '..', '.local', 'rehearsal');
  const outsideHost = site.server.cloud.addresses.vpn.host;
  // Who only looks whether the port is open may tear the connection off.
  const outside = createServer((socket) => socket.on('error', () => undefined).end('hello')).listen(
    0,
    outsideHost,
  );
  try {
    const { said, exitCode } = await operation('rehearse', {
      ...{ VERSION: '4.7.0', REHEARSAL_SLOT: String(SLOT), KEEP: 'yes' },
    });
    expect([exitCode, said]).toEqual([0, expect.stringContaining('Rehearsed: Mastodon 4.6.5 to 4.7.0')]);
    expect(said).toMatch(/[\d.]+ s  post-deployment migrations/);
    expect(said).toContain('Mastodon 4.7.0 serves');

    const { civoApiUrl, token } = JSON.parse(readFileSync(join(stateFolder, 'cloud.json'), 'utf8')) as Record<
      'civoApiUrl' | 'token',
      string
    >;
    const answer = await fetch(`${civoApiUrl}/v2/ips?region=LON1`, {
      headers: { Authorization: `bearer ${token}` },
    });
    const { items } = (await answer.json()) as { items: { ip: string }[] };
    const onCopy = (command: string) =>
      execFileSync('ssh', [
        ...[
          '-i',
          join(stateFolder, 'ssh', 'alice'),
          '-o',
          'StrictHostKeyChecking=no',
          '-o',
          'LogLevel=ERROR',
        ],
        ...['-o', 'UserKnownHostsFile=/dev/null', `alice@${items[0]?.ip ?? ''}`, command],
      ]).toString();
    const posts = `sudo -u postgres psql -tAc "SELECT text FROM statuses" mastodon_production`;
    expect(onCopy(posts)).toContain('Written before the move');

    const { port } = outside.address() as AddressInfo;
    const reach = `timeout 3 bash -c '</dev/tcp/${outsideHost}/${String(port)}' && echo reached || echo cut off`;
    expect(onCopy(reach)).toBe('cut off\n');
    expect(await site.server.ssh('alice', reach)).toBe('reached\n');
    expect(production()).toEqual(before);
  } finally {
    outside.close();
    await removeCloud({ slot: SLOT, stateFolder });
    await sudo('systemctl start mastodon-backup.timer mastodon-dump.timer');
  }
}, 1_200_000);

test('an upgrade is rehearsed with a dump, for a server whose PostgreSQL this computer does not have', async () => {
  await sudo('systemctl start mastodon-dump.service');
  const { said, exitCode } = await operation('rehearse', {
    ...{ VERSION: '4.7.0', REHEARSAL_SLOT: String(SLOT), DUMP: 'newest' },
  });
  expect([exitCode, said]).toEqual([0, expect.stringContaining('Rehearsed: Mastodon 4.6.5 to 4.7.0')]);
  expect(said).toMatch(/reached: .* from mastodon-\d{8}T\d{6}Z\.dump\.gpg/);
}, 1_200_000);
