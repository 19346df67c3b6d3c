/** What is written is not lost: restores, proof, alerts, second copy. */
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually';
import { DOMAIN } from './localServer';
import { RecoverableServer, SECOND } from './recoverableServer';

jest.setTimeout(300_000);

const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);
const site = new RecoverableServer();
const { alerts, answers, healthy, moment, onDisk, post, posts, powerCut, refused, restore, start, sudo } =
  site;
beforeAll(() => site.up(), 900_000);
afterAll(() => site.remove(), 120_000);

/** Path of the picture of the first post, which is its key in the media bucket. */
let picture: string;
const undo = (output: string) => /To undo: .*--to '([^']+)'/.exec(output)?.[1] ?? '';

describe('a restore', () => {
  let between: string;
  let before: string;

  test('shows what is there and which moments can be reached', async () => {
    await sudo('-u postgres pgbackrest --stanza=mastodon --type=full backup');
    await start('dump');
    const { url } = (await site.visitor.upload(PICTURE, 'A dot').then(async (media) => {
      await site.visitor.api('POST', '/api/v1/statuses', {
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

  test('is asked for from a laptop by make restore', async () => {
    const make = { ADMIN: 'alice', KEY: join(site.server.folder, 'alice'), LIST: 'yes' };
    const { exitCode, stdout } = await site.server.stack.operation('restore', make);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Reachable moments')]);
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
    expect(existsSync(join(site.server.bucket(site.outputs.buckets.media.name), picture))).toBe(true);
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
    await eventually(
      'the restore is over',
      () => Promise.resolve(!existsSync(onDisk('var/lib/mastodon/restore-request'))),
      240,
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
  const told = () => site.listeners.mails.filter(({ text }) => text.includes('age-of-proof'));

  test('are silent when all is well, and the dead-man switch is fetched', async () => {
    await start('watch');
    expect(await alerts()).toEqual([]);
    const pings = site.listeners.pings;
    await start('watch');
    expect(site.listeners.pings).toBe(pings + 1);
  });

  test('of an old proof reach every administrator by mail, and the webhook, once', async () => {
    await sudo(`sed -i 's/"lastPassed": [0-9]*/"lastPassed": 1700000000/' /var/lib/mastodon/proof.json`);
    const pings = site.listeners.pings;
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
    expect(site.listeners.hooks).toContainEqual(
      expect.objectContaining({ state: 'raised', name: 'age-of-proof' }),
    );
    expect(site.listeners.pings).toBe(pings);
  });

  test('say when it is over', async () => {
    await start('proof');
    await start('watch');
    expect(told().at(-1)?.text).toContain('alert cleared: age-of-proof');
    expect(told()).toHaveLength(2);
  });

  test('that could not be mailed are mailed later', async () => {
    await sudo(`sed -i 's/ ${site.server.smtp.host}/ not.${site.server.smtp.host}/' /etc/hosts`);
    await sudo('/usr/local/lib/mastodon/alert raise drill A-drill');
    expect(site.listeners.mails.filter(({ text }) => text.includes('A-drill'))).toHaveLength(0);
    await sudo(`sed -i 's/ not.${site.server.smtp.host}/ ${site.server.smtp.host}/' /etc/hosts`);
    await start('watch');
    expect(site.listeners.mails.filter(({ text }) => text.includes('A-drill'))).toHaveLength(1);
    await sudo('/usr/local/lib/mastodon/alert clear drill');
  });
});

describe('media and dumps', () => {
  test('are copied to a second store, where a deletion in the first does not reach', async () => {
    await start('secondary');
    const copy = join(site.server.bucket(SECOND), 'media', picture);
    expect(statSync(copy).size).toBe(PICTURE.length);
    expect(
      readdirSync(join(site.server.bucket(SECOND), 'dumps')).some((name) => name.endsWith('.dump.gpg')),
    ).toBe(true);
    const first = join(site.server.bucket(site.outputs.buckets.media.name), picture);
    renameSync(first, `${site.server.folder}/picture`);
    await start('secondary');
    expect(existsSync(copy)).toBe(true);
    renameSync(`${site.server.folder}/picture`, first);
  });

  test('come back from the second store alone', async () => {
    const before = await posts();
    const bucket = site.server.bucket(site.outputs.buckets.backups.name);
    const aside = join(site.server.cloud.stateFolder, 'dumps');
    renameSync(join(bucket, 'dumps'), aside);
    expect(await refused('--dump', 'newest', '--yes')).toContain('there is no dump in backups');
    const output = await restore('--dump', 'newest', '--from', 'secondary', '--yes');
    expect(output).toMatch(/reached: \S+ \S+ from mastodon-\S+\.dump\.gpg/);
    expect(await posts()).toEqual(['Second', 'First']);
    renameSync(aside, join(bucket, 'dumps'));
    await restore('--to', undo(output), '--yes');
    expect(await posts()).toEqual(before);
  });

  test('can be deleted for good where the store keeps no versions: that is reported', async () => {
    expect(await sudo('cat /var/lib/mastodon/media-versioning')).toBe('Unversioned\n');
  });
});
