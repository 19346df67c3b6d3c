/** Machines that take over from each other: nothing is lost where it needn't be, and two never write. */
import { connect } from 'node:tls';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Result } from '../engine/stack';
import { sleep } from '../timing';
import type { Visitor } from '../visitor';
import { Hardware } from './hardware';
import { eventually } from './eventually';
import { DOMAIN, LocalServer, type Outputs } from './localServer';
import { Writer } from './writer';

jest.setTimeout(900_000);

const LEASE = '/usr/local/lib/mastodon/lease';
const SERVING = [
  'postgresql@17-main', 'mastodon-web@1', 'mastodon-web@2', 'mastodon-streaming', 'mastodon-sidekiq@default',
]; // prettier-ignore

interface Lease {
  machine: string;
  term: number;
  beat: number;
  state: string;
}

let server: LocalServer;
let hardware: Hardware;
let outputs: Outputs;
let visitor: Visitor;

beforeAll(async () => {
  server = await LocalServer.served();
  hardware = new Hardware(server);
  outputs = await server.outputs();
  visitor = await server.owner();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

const sudo = (command: string) => server.ssh('alice', `sudo ${command}`);
const healthy = async () => (await visitor.get('/health').catch(() => undefined))?.status === 200;
const currentMachine = async () => (await server.stack.outputs<Outputs>()).instanceId;

/** One value of Mastodon's database, as the machine that serves has it. */
const sql = async (query: string) =>
  (await sudo(`-u postgres psql --no-psqlrc -tAc "${query}" mastodon_production`)).trim();

/** The lease as it lies in the bucket. */
async function lease(): Promise<Lease> {
  const { accessKeyId, secretAccessKey } = outputs.recovery.backups;
  const client = new S3Client({
    endpoint: `https://${server.cloud.addresses.objectStore}`,
    region: 'LON1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: { httpsAgent: { ca: server.authority, servername: outputs.buckets.backups.endpoint } },
  });
  const answer = await client.send(
    new GetObjectCommand({ Bucket: outputs.buckets.backups.name, Key: 'lease/holder.json' }),
  );
  return JSON.parse((await answer.Body?.transformToString()) ?? '') as Lease;
}

/** Of the certificate that visitors get. */
const fingerprint = () =>
  new Promise<string>((resolve, reject) => {
    const options = { host: outputs.publicAddress, port: 443, servername: DOMAIN, ca: server.ca };
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    }).once('error', reject);
  });

/** Raises `generation`. With `keepOld` the machine before stays, as Civo refuses to delete it: the `up` fails with that. */
async function replaceMachine(generation: number, keepOld: boolean): Promise<Result | undefined> {
  await server.stack.setConfig({ generation });
  const faults = `${server.cloud.civoApiUrl}/local/faults`;
  if (!keepOld) return server.stack.up();
  await fetch(faults, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ on: 'DELETE /v2/instances/*', times: 99, effect: 'server-error' }),
  });
  try {
    await expect(server.stack.up()).rejects.toThrow('trying to delete');
  } finally {
    await fetch(faults, { method: 'DELETE' });
  }
  return undefined;
}

function expectNothingServes(machine: string): void {
  expect(hardware.inside(machine, `systemctl is-active ${SERVING.join(' ')}`)).not.toMatch(/^active$/m);
}

/** Gives the lease's daemon on a machine a clock that is wrong by 5 minutes. */
function setClockOff(machine: string, offset: '+5m' | '-5m'): void {
  const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
  const installed = hardware.inside(
    machine,
    `[[ -e ${library} ]] || { apt-get update -q && apt-get install -qy --no-install-recommends libfaketime; } >/dev/null 2>&1
     mkdir -p /etc/systemd/system/mastodon-lease.service.d
     printf '[Service]\\nEnvironment=LD_PRELOAD=${library} FAKETIME=${offset}\\n' >/etc/systemd/system/mastodon-lease.service.d/clock.conf
     systemctl daemon-reload && systemctl restart mastodon-lease.service && LD_PRELOAD=${library} FAKETIME=${offset} date +%s && date +%s`,
  );
  const [told = 0, right = 0] = installed.trim().split('\n').map(Number);
  expect(Math.abs(told - right)).toBeGreaterThan(290);
}

describe('a machine that is replaced', () => {
  let first: string;
  let second: string;

  test('hands over every post that was acknowledged, and every job, though its clock is 5 minutes fast', async () => {
    first = outputs.instanceId;
    setClockOff(first, '+5m');
    await sudo(
      `podman exec mastodon-web-1 bundle exec rails runner '3.times { |n| DistributionWorker.perform_in(86_400, n) }
       5.times { |n| DistributionWorker.set(queue: "nobody").perform_async(n) }'`,
    );
    expect(await lease()).toMatchObject({ machine: 'mastodon-test-1', term: 1, state: 'held' });

    const certificate = await fingerprint();
    const writer = new Writer(visitor, 'planned');
    const up = await replaceMachine(2, false);
    await eventually('the writer is served again', healthy);
    await writer.end();

    second = await currentMachine();
    expect(second).not.toBe(first);
    expect(writer.acknowledged.length).toBeGreaterThan(5);
    const kept = new Set((await sql(`SELECT text FROM statuses WHERE text LIKE 'planned %'`)).split('\n'));
    expect(writer.acknowledged.filter((status) => !kept.has(status))).toEqual([]);
    expect(await sudo('redis-cli zcard schedule')).toBe('3\n');
    expect(await sudo('redis-cli llen queue:nobody')).toBe('5\n');
    expect(up?.stdout).toContain('waiting for mastodon-test-1 to hand over');
    expect(up?.stdout).toContain('restored everything that mastodon-test-1 had written');
    expect(await fingerprint()).toBe(certificate);
    expect(await lease()).toMatchObject({ machine: 'mastodon-test-2', term: 2, state: 'held' });
    report('planned replacement', up?.seconds, writer.longestSilence);
  });

  test('shows visitors a page that says so while it is down, for every kind of request', async () => {
    await sudo('touch /var/lib/mastodon/maintenance');
    for (const path of ['/', '/health', '/api/v2/instance', '/api/v1/streaming/health']) {
      const { status, headers, body } = await visitor.get(path);
      expect([path, status, headers['retry-after']]).toEqual([path, 503, '60']);
      expect(body).toContain('Back in a few minutes');
    }
    expect((await visitor.request('POST', '/api/v1/statuses', { status: 'x' })).status).toBe(503);
    await sudo('rm /var/lib/mastodon/maintenance');
    expect(await healthy()).toBe(true);
  });

  test('refuses the backup bucket of another stack, and writes nothing there', async () => {
    const before = await lease();
    await expect(sudo(`${LEASE} take other.example`)).rejects.toThrow(
      `the backup bucket belongs to another stack, that of ${DOMAIN} (on mastodon-test-2); this stack is other.example`,
    );
    expect(await lease()).toMatchObject({ machine: before.machine, term: before.term });
  });

  test('can be taken back into service when its successor never came', async () => {
    const request = { domain: DOMAIN, machine: 'mastodon-test-9', id: 'nobody', term: 2 };
    await sudo(
      `sh -c 'echo "${JSON.stringify(request).replaceAll('"', '\\"')}" | rclone --config /etc/mastodon/rclone.conf rcat backups:lease/request.json'`,
    );
    await eventually('it has handed over', async () => (await lease()).state === 'released');
    await eventually('it is down', async () => (await visitor.get('/health')).status === 503);
    await eventually('it says so', async () =>
      (await sudo('cat /var/lib/mastodon/superseded')).includes('handed over to mastodon-test-9'),
    );
    expectNothingServes(second);
    await expect(sudo('converge')).rejects.toThrow('this machine must not serve: it has handed over');
    expect(await sudo(`${LEASE} resume`)).toContain('in service again');
    await eventually('it serves again', healthy);
    expect(await lease()).toMatchObject({ machine: 'mastodon-test-2', term: 3, state: 'held' });
    await eventually('all its services run', async () =>
      /^(active\n){5}$/.test(await server.ssh('alice', `systemctl is-active ${SERVING.join(' ')}`)),
    );
  });
});

describe('a machine that is frozen', () => {
  let frozen: string;
  let next: number;

  test('is succeeded after 60 s without a sign, though its clock was 5 minutes slow', async () => {
    frozen = await currentMachine();
    setClockOff(frozen, '-5m');
    await visitor.api('POST', '/api/v1/statuses', { status: 'before the frost' });
    await sudo('-u postgres pgbackrest --stanza=mastodon check');
    next = (await lease()).term + 1;
    hardware.freeze(frozen);

    const watching = takeoverTimes(next);
    await replaceMachine(3, true);
    expect((await watching).silence).toBeGreaterThan(60);
    await eventually('the new machine serves', healthy);
    expect(await server.ssh('alice', 'hostname')).toBe('mastodon-test-3\n');
    expect((await visitor.get('/api/v1/timelines/public')).body).toContain('before the frost');
  });

  test('stops serving and archiving by itself once it is thawed, and says so', async () => {
    const timeline = () => sql('SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)');
    const archive = async () => sudo('-u postgres pgbackrest --stanza=mastodon --output=json info');
    const postgres = `cd / && runuser -u postgres -- psql -tAc`;
    hardware.thaw(frozen);
    // Written before its daemon has looked around: nothing of it may reach the bucket.
    hardware.inside(frozen, `${postgres} "CREATE TABLE late (id int); SELECT pg_switch_wal()"`);
    await eventually(
      'it stops',
      () =>
        Promise.resolve(
          /mastodon-test-3 took over/.test(hardware.inside(frozen, 'cat /var/lib/mastodon/superseded')),
        ),
      60,
    );
    await eventually(
      'its services are down',
      () =>
        Promise.resolve(
          !/^active$/m.test(hardware.inside(frozen, `systemctl is-active ${SERVING.join(' ')}`)),
        ),
      60,
    );
    // The journal's own daemon was frozen, too, and may be started anew first.
    await eventually('it says so', () =>
      Promise.resolve(
        hardware
          .inside(frozen, 'journalctl --no-pager --identifier lease')
          .includes(`stops serving and archiving: mastodon-test-3 took over (term ${String(next)})`),
      ),
    );
    await eventually('an alert', () =>
      Promise.resolve(
        hardware.inside(frozen, 'cat /var/lib/mastodon/alerts/*').includes('mastodon-lease.service'),
      ),
    );
    expect(hardware.inside(frozen, '/usr/local/sbin/converge')).toContain(
      'this machine must not serve: mastodon-test-3 took over',
    );
    // The new machine's log goes on, and its timeline is the last one.
    await sudo('-u postgres pgbackrest --stanza=mastodon check');
    expect(await archive()).toContain(`"max":"${await timeline()}`);
    expect(await lease()).toMatchObject({ machine: 'mastodon-test-3', term: next, state: 'held' });
    expect(await healthy()).toBe(true);
  });

  test('does not archive by hand either', () => {
    const attempt = hardware.inside(
      frozen,
      'runuser -u postgres -- /usr/local/lib/mastodon/archive echo pushed',
    );
    expect(attempt).toContain('not archived: mastodon-test-3 took over');
    expect(attempt).not.toContain('pushed');
  });

  test('stays down when it is rebooted', async () => {
    await hardware.reboot(frozen);
    await eventually('it is up', () =>
      Promise.resolve(hardware.inside(frozen, 'systemctl is-active nginx').startsWith('active')),
    );
    await sleep(5_000);
    expectNothingServes(frozen);
  });
});

describe('a machine whose lease nobody renews', () => {
  test('is succeeded though it is alive, and stops within a minute', async () => {
    const holder = await currentMachine();
    const contender = otherMachine(holder);
    // An administrator who believes that the new machine is broken tries to bring the old one back.
    hardware.inside(contender, 'rm /var/lib/mastodon/superseded');
    await sudo(
      `sh -c 'mkdir -p /etc/systemd/system/mastodon-lease.service.d && printf "[Service]\\nExecStart=\\nExecStart=/bin/false\\nRestart=no\\n" >/etc/systemd/system/mastodon-lease.service.d/off.conf && systemctl daemon-reload && systemctl kill --signal=KILL mastodon-lease.service'`,
    );
    expect(await healthy()).toBe(true);

    const next = (await lease()).term + 1;
    const since = performance.now();
    const taking = hardware.start(contender, `${LEASE} take ${DOMAIN}`);
    await eventually('the other one has the lease', async () => (await lease()).term === next);
    expect(performance.now() - since).toBeGreaterThan(60_000);
    await eventually(
      'it has stopped',
      async () =>
        (await sudo('cat /var/lib/mastodon/superseded')).includes(`took over (term ${String(next)})`),
      60,
    );
    expect(await taking).toContain('taken for dead');
    await eventually(
      'its services are down',
      () =>
        Promise.resolve(
          !/^active$/m.test(hardware.inside(holder, `systemctl is-active ${SERVING.join(' ')}`)),
        ),
      60,
    );
  });
});

describe('a machine that has lost its power', () => {
  let dead: string;

  test('is succeeded by a new one, with what had reached the bucket', async () => {
    dead = await currentMachine();
    await hardware.cutPower(dead);
    await hardware.cutPower(otherMachine(dead));
    const writer = new Writer(visitor, 'after the cut');
    const started = performance.now();
    await replaceMachine(4, true);
    await eventually('the new machine serves', () => Promise.resolve(writer.acknowledged.length > 0));
    await writer.end();
    expect(await server.ssh('alice', 'hostname')).toBe('mastodon-test-4\n');
    expect(await sql(`SELECT text FROM statuses WHERE text LIKE 'before%'`)).toContain('before the frost');
    report('dead machine', (performance.now() - started) / 1_000, writer.longestSilence);
  });

  test('stays down when its power comes back', async () => {
    await hardware.powerOn(dead);
    await eventually('it has looked around', () =>
      Promise.resolve(hardware.inside(dead, 'cat /var/lib/mastodon/superseded').includes('took over')),
    );
    expectNothingServes(dead);
    expect(await lease()).toMatchObject({ machine: 'mastodon-test-4', state: 'held' });
    expect(await healthy()).toBe(true);
  });

  test('goes, like every other old one, with the next up', async () => {
    await server.stack.up();
    await server.stack.preview({ expectNoChanges: true });
    expect(hardware.all()).toEqual([await currentMachine()]);
  });
});

function otherMachine(than: string): string {
  const [other] = hardware.all().filter((machine) => machine !== than);
  if (other === undefined) throw new Error('there is one machine only');
  return other;
}

/** Waits until the lease has a term, and tells how long it had stood still before, in seconds. */
async function takeoverTimes(term: number): Promise<{ silence: number }> {
  let { beat } = await lease();
  let last = performance.now();
  for (;;) {
    const now = await lease();
    if (now.term === term) return { silence: (performance.now() - last) / 1_000 };
    if (now.beat !== beat) {
      beat = now.beat;
      last = performance.now();
    }
    await sleep(500);
  }
}

function report(what: string, upSeconds: number | undefined, silence: number): void {
  process.stdout.write(
    `${what}: up ${String(Math.round(upSeconds ?? 0))} s, without an answer for ${silence.toFixed(0)} s\n`,
  );
}
