/** What is written is not lost: restores, proof, alerts, second copy, and the days on which something breaks. */
import {
  existsSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Visitor } from '../visitor';
import { Listeners } from './listeners';
import { DOMAIN, eventually, LocalServer, type Outputs } from './localServer';

jest.setTimeout(300_000);

const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);
const SECOND = 'second-copy';
const HOOKS = 'hooks.example.net';

let server: LocalServer;
let outputs: Outputs;
let visitor: Visitor;
let listeners: Listeners;
/** Path of the picture of the first post, which is its key in the media bucket. */
let picture: string;

beforeAll(async () => {
  server = await LocalServer.prepare();
  const { addresses, stateFolder } = server.cloud;
  const { smtp } = server;
  listeners = await Listeners.start({
    ...{ stateFolder, login: smtp },
    address: '0.0.0.0',
    names: [smtp.host, HOOKS],
  });
  await server.civo('POST', 'objectstores', { name: SECOND });
  const { items } = await server.civo<{ items: Credential[] }>('GET', 'objectstore/credentials');
  const key = items.find(({ name }) => name === SECOND);
  await server.stack.setConfig({
    alerts: { webhook: `https://${HOOKS}:8443/alert`, pingUrl: `https://${HOOKS}:8443/ping` },
    backup: {
      secondary: {
        ...{ endpoint: 'https://objectstore.lon1.civo.test', bucket: SECOND, region: 'LON1' },
        accessKeyId: key?.access_key_id ?? '',
        secretAccessKey: key?.secret_access_key_id ?? '',
      },
    },
  });
  await server.stack.up();
  outputs = await server.outputs();
  await sudo(`sh -c 'echo "${addresses.gateway} ${smtp.host} ${HOOKS}" >>/etc/hosts'`);
  await enter();
}, 900_000);

afterAll(async () => {
  await listeners.stop();
  await server.remove();
}, 120_000);

interface Credential {
  name: string;
  access_key_id: string;
  secret_access_key_id: string;
}

const sudo = (command: string) => server.ssh('alice', `sudo ${command}`);
const start = (unit: string) => sudo(`systemctl start mastodon-${unit}`);
const restore = (...args: string[]) =>
  sudo(['mastodon-restore', ...args.map((arg) => `'${arg}'`), '</dev/null 2>&1'].join(' '));
const refused = (...args: string[]) => restore(...args).then(() => '', String);
const post = (status: string) => visitor.api('POST', '/api/v1/statuses', { status });
const onDisk = (path: string) => join(server.diskOf(outputs.instanceId), path);
const healthy = async () => (await visitor.get('/health')).status === 200;
const answers = () => eventually('the server answers', healthy);
const alerts = async () =>
  (await server.ssh('bob', 'ls /var/lib/mastodon/alerts')).split('\n').filter(Boolean);
/** The moment by the machine's own clock. */
const moment = async () => (await server.ssh('alice', "date --utc '+%F %T.%N+00'")).trim();
const undo = (output: string) => /To undo: .*--to '([^']+)'/.exec(output)?.[1] ?? '';

/** The owner logs in. */
async function enter(): Promise<void> {
  visitor = new Visitor(DOMAIN, { host: outputs.publicAddress, port: 443, ca: server.ca });
  await visitor.signIn(outputs.owner.email, outputs.owner.password);
  await visitor.authorize('read write');
}

async function posts(): Promise<string[]> {
  const { status, body } = await visitor.get('/api/v1/timelines/public');
  if (status !== 200) throw new Error(`the timeline: ${String(status)}`);
  return (JSON.parse(body) as { content: string }[]).map(({ content }) => content.replace(/<[^>]+>/g, ''));
}

async function powerCut(): Promise<void> {
  await server.machines.cutPower(outputs.instanceId);
  await server.machines.start(outputs.instanceId);
  await eventually('the machine is back', () => server.ssh('alice', 'true').then(() => true));
}

test('the first migration takes up after a power cut, and the owner can log in', async () => {
  await sudo('systemctl stop mastodon.target');
  await sudo('-u postgres dropdb --force mastodon_production');
  await sudo('rm /var/lib/mastodon/done/schema /var/lib/mastodon/done/owner');
  const converge = sudo('converge').catch(String);
  await sudo(`sh -c 'until pgrep --full "[d]b:prepare" >/dev/null; do sleep 0.05; done; sleep 1'`);
  await powerCut();
  await converge;
  expect(existsSync(onDisk('var/lib/mastodon/done/schema'))).toBe(false);
  expect(await sudo('converge')).toContain('bring the database schema up to date');
  await answers();
  await enter();
});

describe('a restore', () => {
  let between: string;
  let before: string;

  test('shows what is there and which moments can be reached', async () => {
    await sudo('-u postgres pgbackrest --stanza=mastodon --type=full backup');
    await start('dump');
    const { url } = (await visitor.upload(PICTURE, 'A dot').then(async (media) => {
      await visitor.api('POST', '/api/v1/statuses', {
        status: 'First',
        media_ids: [(media as { id: string }).id],
      });
      return media;
    })) as { url: string };
    picture = new URL(url).pathname.slice(1);
    between = await moment();
    await post('Second');
    const shown = await restore();
    expect(shown).toMatch(/\d{8}-\d{6}F +full +\d{4}-\S+ \S+ +database +\S+B, in the bucket +\S+B/);
    expect(shown).toMatch(/mastodon-\d{8}T\d{6}Z\.dump\.gpg +\S+B/);
    expect(shown).toMatch(/Reachable moments: \d{4}-\S+ \S+ to \d{4}-/);
  });

  test('asks first: without a terminal and without --yes it changes nothing', async () => {
    const output = await refused('--to', between);
    expect(output).toContain('Overwritten would be what was written from');
    expect(output).toContain(': 1 posts, 0 accounts');
    expect(output).toContain('there is no terminal');
    expect(await posts()).toEqual(['Second', 'First']);
  });

  test.each(['2020-01-01 00:00+00', '2999-01-01 00:00+00', 'yesterdayish'])(
    'to %s is refused, with the range or an example',
    async (time) => {
      expect(await refused('--to', time, '--yes')).toMatch(
        /can't be reached; reachable moments: \d{4}-\S+ \S+ to \d{4}-|is no moment; expected one such as/,
      );
      expect(await healthy()).toBe(true);
    },
  );

  test('leads to a moment between two posts, and the media are still there', async () => {
    const output = await restore('--to', between, '--yes');
    expect(output).toMatch(/reached: \d{4}-\S+ \S+ from backup \d{8}-\d{6}F/);
    expect(await posts()).toEqual(['First']);
    expect(existsSync(join(server.bucket(outputs.buckets.media.name), picture))).toBe(true);
    before = undo(output);
  });

  test('can be undone: what it overwrote is reached by the moment that it tells', async () => {
    await post('Meanwhile');
    await restore('--to', before, '--yes');
    expect(await posts()).toEqual(['Second', 'First']);
  });

  test('of a dump needs nothing but the dump, and can be undone', async () => {
    await start('dump');
    await post('After the dump');
    const output = await restore('--dump', 'newest', '--yes');
    expect(output).toMatch(/reached: \S+ \S+ from mastodon-\S+\.dump\.gpg/);
    expect(await posts()).toEqual(['Second', 'First']);
    await restore('--to', undo(output), '--yes');
    expect(await posts()).toEqual(['After the dump', 'Second', 'First']);
  });

  test('that was killed is taken up by running it again', async () => {
    const here = await moment();
    await post('Too late');
    const killed = restore('--to', here, '--yes').catch(String);
    await eventually('half a restore', () =>
      Promise.resolve(existsSync(onDisk('var/lib/mastodon/restore-pending'))),
    );
    await sudo(`pkill --signal KILL --full '[r]estore-database'`);
    expect(await killed).toContain('sudo mastodon-restore --resume');
    await restore('--to', here, '--yes');
    expect(await posts()).toEqual(['After the dump', 'Second', 'First']);
  });

  test('that a power cut ended goes on by itself at the next boot', async () => {
    const here = await moment();
    await post('Too late again');
    const cut = restore('--to', here, '--yes').catch(String);
    await eventually('half a restore', () =>
      Promise.resolve(existsSync(onDisk('var/lib/mastodon/restore-pending'))),
    );
    await powerCut();
    await cut;
    await eventually('the restore is over', () =>
      Promise.resolve(!existsSync(onDisk('var/lib/mastodon/restore-request'))),
    );
    await answers();
    expect(await posts()).toEqual(['After the dump', 'Second', 'First']);
  });
});

describe('the proof', () => {
  test('restores the newest backup beside the living database, and records what it measured', async () => {
    await start('proof');
    const proof = JSON.parse(await sudo('cat /var/lib/mastodon/proof.json')) as Record<string, unknown>;
    expect(proof).toMatchObject({ passed: true, rows: { statuses: { live: 3, copy: 3 } } });
    expect(proof.restoreSeconds).toBeGreaterThan(0);
    expect(proof.newestCommitAgeSeconds).toBeGreaterThan(0);
    expect(await sudo('cat /var/lib/mastodon/metrics/proof.prom')).toContain('mastodon_proof_passed 1\n');
    expect(await sudo('ls /var/lib/postgresql')).toBe('17\n');
  });

  test('leaves nothing when it is killed', async () => {
    const proof = start('proof').catch(String);
    await eventually(
      'a scratch cluster',
      () => Promise.resolve(existsSync(onDisk('var/lib/postgresql/proof'))),
      30,
    );
    await sudo('systemctl kill --kill-whom=main --signal KILL mastodon-proof');
    await proof;
    await eventually(
      'it is gone',
      () => Promise.resolve(!existsSync(onDisk('var/lib/postgresql/proof'))),
      30,
    );
    await start('proof');
  });
});

describe('alerts', () => {
  const told = () => listeners.mails.filter(({ text }) => text.includes('age-of-proof'));

  test('are silent when all is well, and the dead-man switch is fetched', async () => {
    await start('watch');
    expect(await alerts()).toEqual([]);
    const pings = listeners.pings;
    await start('watch');
    expect(listeners.pings).toBe(pings + 1);
  });

  test('of an old proof reach every administrator by mail, and the webhook, once', async () => {
    await sudo(`sed -i 's/"lastPassed": [0-9]*/"lastPassed": 1700000000/' /var/lib/mastodon/proof.json`);
    const pings = listeners.pings;
    await start('watch');
    await start('watch');
    expect(await alerts()).toEqual(['age-of-proof']);
    expect(told()).toHaveLength(1);
    const [mail] = told();
    expect(mail?.to).toEqual([`alice@${DOMAIN}`, `bob@${DOMAIN}`]);
    expect(mail?.encrypted).toBe(true);
    expect(mail?.text).toMatch(/Subject: \[mastodon\.test\] alert raised: age-of-proof/);
    expect(mail?.text).toMatch(
      /The last proof that the backups can be restored is \d+ days old; expected at most 8 days/,
    );
    expect(listeners.hooks).toContainEqual(
      expect.objectContaining({ state: 'raised', name: 'age-of-proof' }),
    );
    expect(listeners.pings).toBe(pings);
  });

  test('say when it is over', async () => {
    await start('proof');
    await start('watch');
    expect(told().at(-1)?.text).toContain('alert cleared: age-of-proof');
    expect(told()).toHaveLength(2);
  });

  test('that could not be mailed are mailed later', async () => {
    await sudo(`sed -i 's/ ${server.smtp.host}/ not.${server.smtp.host}/' /etc/hosts`);
    await sudo('/usr/local/lib/mastodon/alert raise drill A-drill');
    expect(listeners.mails.filter(({ text }) => text.includes('A-drill'))).toHaveLength(0);
    await sudo(`sed -i 's/ not.${server.smtp.host}/ ${server.smtp.host}/' /etc/hosts`);
    await start('watch');
    expect(listeners.mails.filter(({ text }) => text.includes('A-drill'))).toHaveLength(1);
    await sudo('/usr/local/lib/mastodon/alert clear drill');
  });
});

describe('media and dumps', () => {
  test('are copied to a second store, where a deletion in the first does not reach', async () => {
    await start('secondary');
    const copy = join(server.bucket(SECOND), 'media', picture);
    expect(statSync(copy).size).toBe(PICTURE.length);
    expect(readdirSync(join(server.bucket(SECOND), 'dumps')).some((name) => name.endsWith('.dump.gpg'))).toBe(
      true,
    );
    const first = join(server.bucket(outputs.buckets.media.name), picture);
    renameSync(first, `${server.folder}/picture`);
    await start('secondary');
    expect(existsSync(copy)).toBe(true);
    renameSync(`${server.folder}/picture`, first);
  });

  test('can be deleted for good where the store keeps no versions: that is reported', async () => {
    expect(await sudo('cat /var/lib/mastodon/media-versioning')).toBe('Unversioned\n');
  });
});

describe('on a bad day', () => {
  let all: string[];
  beforeAll(async () => {
    await post('Before the bad days');
    all = await posts();
  });
  const backups = () => join(server.bucket(outputs.buckets.backups.name), 'postgresql', 'backup', 'mastodon');
  const waiting = async () =>
    (
      await sudo(`sh -c 'ls /var/lib/postgresql/17/main/pg_wal/archive_status | grep -c ready'`).catch(
        () => '0',
      )
    ).trim();

  test('a power cut in the middle of a backup loses nothing, and the next backup works', async () => {
    await server.fail({ service: 'object-store', fault: 'slow' });
    await sudo('systemctl start --no-block mastodon-backup');
    await sudo(`sh -c 'until pgrep --full "[p]gbackrest.* backup" >/dev/null; do sleep 0.05; done; sleep 1'`);
    await powerCut();
    await server.fail();
    await answers();
    expect(await posts()).toEqual(all);
    await start('backup');
  });

  test('the log waits while the bucket cannot be reached, an alert says so, and then it goes there', async () => {
    await server.fail({ service: 'object-store', fault: 'outage' });
    await post('During the outage');
    await sleep(65_000); // longer than archive_timeout
    expect(Number(await waiting())).toBeGreaterThan(0);
    await start('watch');
    expect(await alerts()).toContain('backup-bucket');
    expect(await refused('--newest', '--yes')).toContain('the backup bucket does not answer');
    expect(await healthy()).toBe(true);
    await server.fail();
    await eventually('the log is in the bucket', async () => (await waiting()) === '0', 90);
    await start('watch');
    expect(await alerts()).toEqual([]);
    await restore('--newest', '--yes');
    expect(await posts()).toEqual(['During the outage', ...all]);
  });

  test('a revoked credential raises an alert and stops nothing', async () => {
    const { accessKeyId } = outputs.recovery.backups;
    await server.fail({ service: 'object-store', fault: 'revoked', accessKey: accessKeyId });
    await expect(start('backup')).rejects.toThrow();
    await eventually('the alert', async () => (await alerts()).includes('mastodon-backup.service'), 20);
    expect(await refused('--newest', '--yes')).toContain('its credential');
    expect(await healthy()).toBe(true);
    await server.fail();
    await start('backup');
    await eventually('no alert', async () => (await alerts()).length === 0, 20);
  });

  test('a full disk raises an alert, and a restore is refused before anything is stopped', async () => {
    await sudo(
      `sh -c 'fallocate --length $(($(df --output=avail --block-size=1 / | tail -n 1) - 30000000)) /var/fill'`,
    );
    await start('watch');
    expect(await alerts()).toEqual(expect.arrayContaining(['disk', 'disk-nearly-full']));
    expect(await refused('--newest', '--yes')).toMatch(/make room first\. Nothing was changed/);
    expect(await healthy()).toBe(true);
    await sudo('rm /var/fill');
    await start('watch');
    expect(await alerts()).toEqual([]);
  });

  test('a broken backup is found by the proof, which names the file, and a restore takes an older one', async () => {
    await sudo('-u postgres pgbackrest --stanza=mastodon --type=full backup');
    const newest = readdirSync(backups()).filter((name) => /^\d{8}-\d{6}F$/.test(name)).sort().at(-1) ?? ''; // prettier-ignore
    flipBytes(join(backups(), newest, 'bundle', '1'));
    await expect(start('proof')).rejects.toThrow();
    const { problem } = JSON.parse(await sudo('cat /var/lib/mastodon/proof.json')) as { problem: string };
    expect(problem).toContain(`${newest}/bundle/1`);
    await eventually('the mail', () =>
      Promise.resolve(listeners.mails.some(({ text }) => text.includes(`${newest}/bundle/1`))),
    );
    // A disk that lost the tables: files that are still there and sound would not be fetched.
    await sudo('systemctl stop postgresql@17-main');
    await sudo('rm -r /var/lib/postgresql/17/main/base');
    const output = await restore('--newest', '--yes');
    expect(output).toContain(`backup ${newest} can't be restored; going on with an older one`);
    expect(await posts()).toEqual(['During the outage', ...all]);
    await eventually('a backup that is sound', async () => {
      await start('backup');
      await start('proof');
      return true;
    });
  });

  test('a wrong cipher is told, and nothing is changed', async () => {
    const file = '/etc/pgbackrest/conf.d/repository.conf';
    await sudo(`sed -i 's/^repo1-cipher-pass = /&x/' ${file}`);
    expect(await refused('--newest', '--yes')).toContain('the cipher');
    expect(await healthy()).toBe(true);
    await sudo(`sed -i 's/^repo1-cipher-pass = x/repo1-cipher-pass = /' ${file}`);
  });

  test('an empty bucket is told, and nothing is changed', async () => {
    const bucket = server.bucket(outputs.buckets.backups.name);
    const aside = join(server.cloud.stateFolder, 'aside');
    renameSync(join(bucket, 'postgresql'), aside);
    expect(await refused('--newest', '--yes')).toMatch(/there is no backup in the bucket|missing stanza/);
    expect(await healthy()).toBe(true);
    rmSync(join(bucket, 'postgresql'), { recursive: true, force: true });
    renameSync(aside, join(bucket, 'postgresql'));
    expect(await restore()).toContain('Reachable moments: 2');
  });

  test('leaves every post, nothing that failed and no alert', async () => {
    await start('watch');
    expect(await alerts()).toEqual([]);
    expect(await posts()).toEqual(['During the outage', ...all]);
    expect(await sudo('converge')).toMatch(/ 0 changes\n$/);
  });
});

/** Turns over some bits in the middle of a file. */
function flipBytes(file: string): void {
  const middle = Math.floor(statSync(file).size / 2);
  const bytes = Buffer.alloc(64);
  const handle = openSync(file, 'r+');
  readSync(handle, bytes, 0, bytes.length, middle);
  writeSync(
    handle,
    bytes.map((byte) => byte ^ 0xff),
    0,
    bytes.length,
    middle,
  );
  closeSync(handle);
}
