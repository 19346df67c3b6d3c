/** A machine that gives no sign, though it is on: it has a successor, and writes no more when it wakes up. */
import { sleep } from '../support/timing';
import { eventually } from '../support/eventually';
import { DOMAIN } from '../support/machine/local-server';
import { LEASE, TakeoverServer } from '../support/machine/takeover-server';

jest.setTimeout(900_000);

const site = new TakeoverServer();
const {
  currentMachine,
  downWithinAMinute,
  expectNothingServes,
  healthy,
  lease,
  otherMachine,
  setClockOff,
  sql,
  sudo,
  takeoverTimes,
} = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

const inside = (machine: string, command: string) => site.hardware.inside(machine, command);
const eventuallySays = (what: string, machine: string, command: string, text: string, seconds?: number) =>
  eventually(what, () => Promise.resolve(inside(machine, command).includes(text)), seconds);

let frozen: string;

describe('a machine that is frozen', () => {
  let next: number;

  test('is succeeded after 60 s without a sign, though its clock was 5 minutes slow', async () => {
    frozen = await currentMachine();
    setClockOff(frozen, '-5m');
    await site.visitor.api('POST', '/api/v1/statuses', { status: 'before the frost' });
    await sudo('-u postgres pgbackrest --stanza=mastodon check');
    next = (await lease()).term + 1;
    site.hardware.freeze(frozen);

    const watching = takeoverTimes(next);
    await site.succeed(2, 'mastodon-test-1');
    expect((await watching).silence).toBeGreaterThan(60);
    await eventually('the new machine serves', healthy);
    expect(await site.server.ssh('alice', 'hostname')).toBe('mastodon-test-2\n');
    expect((await site.visitor.get('/api/v1/timelines/public')).body).toContain('before the frost');
  });

  test('stops serving and archiving by itself once it is thawed, and says so', async () => {
    const timeline = () => sql('SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)');
    const archive = async () => sudo('-u postgres pgbackrest --stanza=mastodon --output=json info');
    const postgres = `cd / && runuser -u postgres -- psql -tAc`;
    site.hardware.thaw(frozen);
    // Written before its daemon has looked around: nothing of it may reach the bucket.
    inside(frozen, `${postgres} "CREATE TABLE late (id int); SELECT pg_switch_wal()"`);
    const superseded = 'cat /var/lib/mastodon/superseded';
    await eventuallySays('it stops', frozen, superseded, 'mastodon-test-2 took over', 60);
    await downWithinAMinute(frozen);
    // The journal's own daemon was frozen, too, and may be started again first.
    const stops = `stops serving and archiving: mastodon-test-2 took over (term ${String(next)})`;
    await eventuallySays('it says so', frozen, 'journalctl --no-pager --identifier mastodonctl', stops);
    const alerts = 'cat /var/lib/mastodon/alerts/*';
    await eventuallySays('an alert', frozen, alerts, 'mastodon-lease.service');
    expect(inside(frozen, '/usr/local/sbin/converge')).toContain(
      'this machine must not serve: mastodon-test-2 took over',
    );
    // The new machine's log continues, and its timeline is the last one.
    await sudo('-u postgres pgbackrest --stanza=mastodon check');
    expect(await archive()).toContain(`"max":"${await timeline()}`);
    expect(await lease()).toMatchObject({ machine: 'mastodon-test-2', term: next, state: 'held' });
    expect(await healthy()).toBe(true);
  });

  test('does not archive by hand either', () => {
    const attempt = inside(frozen, 'runuser -u postgres -- /usr/local/lib/mastodon/archive echo pushed');
    expect(attempt).toMatch(/mastodon-test-2 took over[^]*not archived/);
    expect(attempt).not.toContain('pushed');
  });

  test('stays down when it is rebooted', async () => {
    await site.hardware.reboot(frozen);
    await eventually('it is up', () =>
      Promise.resolve(inside(frozen, 'systemctl is-active nginx').startsWith('active')),
    );
    await sleep(5_000);
    expectNothingServes(frozen);
  });
});

describe('a machine whose lease is not renewed', () => {
  test('is succeeded though it is alive, and stops within a minute', async () => {
    // Not the stack's outputs: the `up` of the takeover failed, so they still name the old machine.
    const contender = frozen;
    const holder = otherMachine(contender);
    // An administrator who believes that the new machine is broken tries to bring the old one back.
    inside(contender, 'rm /var/lib/mastodon/superseded');
    await sudo(
      `sh -c 'mkdir -p /etc/systemd/system/mastodon-lease.service.d && printf "[Service]\\nExecStart=\\nExecStart=/bin/false\\nRestart=no\\n" >/etc/systemd/system/mastodon-lease.service.d/off.conf && systemctl daemon-reload && systemctl kill --signal=KILL mastodon-lease.service'`,
    );
    expect(await healthy()).toBe(true);

    const next = (await lease()).term + 1;
    const since = performance.now();
    const taking = site.hardware.start(contender, `${LEASE} take ${DOMAIN}`);
    await eventually('the other one has the lease', async () => (await lease()).term === next);
    expect(performance.now() - since).toBeGreaterThan(60_000);
    await eventually(
      'it has stopped',
      async () =>
        (await sudo('cat /var/lib/mastodon/superseded')).includes(`took over (term ${String(next)})`),
      60,
    );
    expect(await taking).toContain('declared dead');
    await downWithinAMinute(holder);
  });
});
