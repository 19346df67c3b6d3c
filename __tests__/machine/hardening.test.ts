/** What keeps strangers, former administrators and a program that was broken into from doing harm. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { holdJob } from '../support/machine/held-job';
import { DOMAIN, LocalServer } from '../support/machine/local-server';

jest.setTimeout(300_000);

const CONTAINERS = ['mastodon-web-1', 'mastodon-web-2', 'mastodon-streaming', 'mastodon-sidekiq-default'];
/** They run podman, which needs most of root's rights to give a container few. */
const RUN_PODMAN = /^mastodon-(web|streaming|sidekiq|housekeeping|rails|reboot)\b/;

let server: LocalServer;

beforeAll(async () => {
  server = await LocalServer.served();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

const lines = (text: string) => text.trim().split('\n').filter(Boolean);

test('only root on the machine reaches what Civo publishes of it', async () => {
  const asks = (port: number) =>
    `curl --silent --max-time 3 --output /dev/null --write-out "%{http_code} " http://169.254.169.254:${String(port)}/ || true`;
  // nginx answers at each address of the machine.
  const said = await server.root(`
    ip address add 169.254.169.254/32 dev lo
    systemd-run --quiet --unit names python3 -c '
import socket
with socket.create_server(("169.254.169.254", 53)) as server:
    while True:
        connection, _ = server.accept()
        connection.recv(999)
        connection.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\n")
        connection.close()'
    for i in {1..50}; do [[ $(${asks(53)}) == '000 ' ]] || break; sleep 0.1; done
    ${asks(80)}
    for user in alice postgres www-data nobody; do runuser -u $user -- sh -c '${asks(80)}; ${asks(53)}'; done
    podman exec mastodon-web-1 ruby -rsocket -e 'begin; TCPSocket.new("169.254.169.254", 443); puts "open"; rescue => e; puts e.class; end'
    systemctl stop names
    ip address delete 169.254.169.254/32 dev lo`);
  expect(said).toBe(`301 ${'000 200 '.repeat(4)}Errno::ECONNREFUSED\n`);
});

test('containers have no rights, and write nowhere but where they must', async () => {
  const format = '{{.HostConfig.ReadonlyRootfs}} {{len .EffectiveCaps}} {{.HostConfig.SecurityOpt}}';
  for (const container of CONTAINERS) {
    expect(await server.root(`podman inspect --format '${format}' ${container}`)).toBe(
      'true 0 [no-new-privileges]\n',
    );
    const touch = `podman exec ${container} sh -c 'touch /opt/mastodon/x /usr/x /etc/x 2>&1 || true'`;
    expect(lines(await server.root(touch)).every((line) => line.endsWith('Read-only file system'))).toBe(
      true,
    );
  }
  // No service of the machine has their user's number.
  const process = 'stat --format %U /proc/$(podman inspect --format {{.State.Pid}} mastodon-web-1)';
  expect(await server.root(process)).toBe('mastodon\n');
  await server.root('podman exec mastodon-web-1 touch /tmp/x /uploads/x /opt/mastodon/tmp/pids/x');
});

test('containers copy nothing of their image, and have large files on the disk', async () => {
  for (const container of ['mastodon-web-1', 'mastodon-web-2', 'mastodon-sidekiq-default']) {
    const told = await server.root(`
      podman exec ${container} sh -c 'ls tmp/cache/bootsnap | wc -l; stat --file-system --format %T "$TMPDIR"; grep /opt/mastodon /proc/mounts | cut -d" " -f2,3'`);
    expect(told).toMatch(/^[1-9]\d*\n(?!tmpfs)\S+\n\/opt\/mastodon\/tmp\/pids tmpfs\n$/);
    expect(await server.root(`podman inspect --format '{{.HostConfig.Cgroups}}' ${container}`)).toBe(
      'disabled\n',
    );
  }
});

test('two thousand people who keep a connection busy keep no other client out', async () => {
  const { publicAddress } = await server.outputs();
  const crowd = Array.from({ length: 2000 }, () => connect(80, publicAddress));
  try {
    // nginx gives connections up that have asked for nothing yet.
    await Promise.all(
      crowd.map(async (socket) => {
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        socket.write('GET / HTTP/1.1\r\n');
      }),
    );
    await server.answers();
    expect(await server.root('ss --no-header --tcp --numeric state established "sport = :80" | wc -l')).toBe(
      '2000\n',
    );
    // As if there were fewer: at 80 % of them an alert comes before anybody is refused.
    const file = '/etc/mastodon/nginx.conf';
    await server.root(`sed -i.was 's/worker_connections [0-9]*/worker_connections 500/' ${file}
      systemctl start mastodon-watch
      mv ${file}.was ${file}`);
    expect(await server.root('cat /var/lib/mastodon/alerts/connections-of-nginx')).toMatch(
      /^nginx uses 2\d{3} of \d+ connections; expected at most 80 %/,
    );
  } finally {
    for (const socket of crowd) socket.destroy();
  }
  await eventually('no alert', async () => {
    await server.root('systemctl start mastodon-watch');
    return !(await server.root('ls /var/lib/mastodon/alerts')).includes('connections-of-nginx');
  });
});

test('a reload of nginx ends the streams of its former workers long before nginx would, by a job that can', async () => {
  const { token } = await server.owner();
  const address = `https://${DOMAIN}/api/v1/streaming/user?access_token=${token}`;
  await server.root(`
    systemd-run --quiet --collect --unit stream curl --silent --no-buffer --insecure --resolve '${DOMAIN}:443:127.0.0.1' '${address}'
    until [[ $(ss --no-header --tcp --numeric state established dst 127.0.0.1 dport = :4000) ]]; do sleep 0.2; done
    systemctl reload nginx`);
  await eventually(
    'the stream has ended',
    async () => (await server.root('systemctl is-active stream || true')) === 'inactive\n',
    60,
  );
  await eventually(
    'the job has ended',
    async () => (await server.root('systemctl is-active mastodon-reconnects || true')) === 'inactive\n',
    60,
  );
  expect(await server.root('systemctl show mastodon-reconnects --property Result --value')).toBe('success\n');
  expect(await server.root('pgrep --full "worker process is shutting dow[n]" || true')).toBe('');
});

// kill -0 would not tell: AppArmor lets that through where it denies the signals themselves.
test('signals arrive in containers: Sidekiq, asked to stop, puts the job that it is at back and ends well', async () => {
  const letGo = await holdJob(server, await server.owner());
  const ended = await server.root(`
    systemctl stop mastodon-sidekiq@default
    systemctl show mastodon-sidekiq@default --property Result,ExecMainStatus`);
  expect(lines(ended).sort()).toEqual(['ExecMainStatus=0', 'Result=success']);
  expect(Number(await server.root('redis-cli llen queue:default'))).toBeGreaterThan(0);
  await server.root('systemctl start mastodon-sidekiq@default');
  await letGo();
});

test('each job works in its sandbox', async () => {
  const jobs = [
    'tune',
    'backup',
    'dump',
    'redis-snapshot',
    'housekeeping@daily',
    'watch',
    'proof',
    'lease-guard',
  ];
  await server.root(`for job in ${jobs.join(' ')}; do systemctl restart mastodon-$job.service; done`);
  const log = await server.root(
    `journalctl --no-pager --unit 'mastodon-*' --grep 'Read-only file system|signal=SYS|status=31/SYS' || true`,
  );
  expect(log).not.toMatch(/mastodon-/);
});

test('systemd exposes no unit of ours by more than 3.0, and none that runs podman by more than 5.8', async () => {
  const exposures = lines(
    await server.root(`
      mapfile -t units < <(systemctl list-units --all --plain --no-legend 'mastodon-*.service' | cut -d' ' -f1
        cd /etc/systemd/system && printf '%s\\n' mastodon-*.service | sed 's/@\\.service/@x.service/')
      for unit in "\${units[@]}"; do
        echo "$unit $(systemd-analyze security --no-pager "$unit" | sed -n 's/^→ Overall exposure level for .*: \\([0-9.]*\\) .*/\\1/p')"
      done`),
  ).map((line) => line.split(' '));
  expect(exposures.length).toBeGreaterThan(20);
  const wide = exposures.filter(
    ([unit = '', exposure = '']) =>
      !(exposure !== '' && Number(exposure) <= (RUN_PODMAN.test(unit) ? 5.8 : 3)),
  );
  expect(wide).toEqual([]);
});

test('no account has a password, and none is locked that a key is to open', async () => {
  const shadow = lines(await server.root('cut -d: -f1,2 /etc/shadow')).map((line) => line.split(':'));
  expect(shadow.filter(([, password = '']) => !/^[!*]/.test(password))).toEqual([]);
  const ours = ['alice', 'bob', 'deploy'];
  expect(shadow.filter(([name = '']) => ours.includes(name)).map(([, password]) => password)).toEqual([
    '*',
    '*',
    '*',
  ]);
});

test('the media host passes on no request that a path would write, and shows no archive', async () => {
  const host = `files.${DOMAIN}`;
  const paths = [
    '/x%20HTTP/1.1%0d%0aHost:%20other%0d%0aConnection:%20close%0d%0a%0d%0a',
    '/%3Flist-type=2',
    '/accounts/x.png%0a',
    '/backups/dumps/000/000/001/original/x.zip',
  ];
  for (const path of paths) {
    const ask = `curl --silent --output /dev/null --write-out '%{http_code}' --insecure --path-as-is --resolve '${host}:443:127.0.0.1' 'https://${host}${path}'`;
    expect([path, await server.root(ask)]).toEqual([path, '404']);
  }
});

test('the kernel has the settings that a machine of its own network may have', async () => {
  const file = join(__dirname, '..', '..', 'cloud-init/handover/etc/sysctl.d/99-zz-mastodon-hardening.conf');
  const wanted = [...readFileSync(file, 'utf8').matchAll(/^-?(net\.ipv[46]\.\S+) = (.*)$/gm)];
  expect(wanted.length).toBeGreaterThan(10);
  const others: string[] = [];
  for (const [, name = '', value = ''] of wanted) {
    const paths = `/proc/sys/${name.replaceAll('.', '/')}`;
    const found = lines(await server.root(`grep --with-filename . ${paths} 2>/dev/null || true`));
    others.push(...found.filter((line) => !line.endsWith(`:${value}`)));
    if (name.startsWith('net.ipv4.conf.*')) expect(found.length).toBeGreaterThan(3);
  }
  expect(others).toEqual([]);
});

// Local machines are Debian's, which starts none of these.
test('what Ubuntu starts beside it is stopped: sockets of sshd, a second log, crashes on the disk', async () => {
  await server.root(`
    for unit in apport.service rsyslog.service; do
      printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/$unit
    done
    systemctl daemon-reload
    systemctl enable --quiet --now apport.service rsyslog.service
    systemctl disable --quiet --now ssh.service
    systemctl enable --quiet --now ssh.socket
    touch /var/log/syslog /var/log/auth.log.2.gz
    converge >/dev/null`);
  const states = await server.root(`
    for unit in apport.service rsyslog.service ssh.socket ssh.service; do systemctl is-active $unit; done || true
    ls /var/log/syslog* /var/log/auth.log* 2>/dev/null || true`);
  expect(states).toBe('inactive\ninactive\ninactive\nactive\n');
  expect(await server.root('converge')).toMatch(/ 0 changes\n$/);
  await server.root('rm /etc/systemd/system/apport.service /etc/systemd/system/rsyslog.service');
});

describe('administrators', () => {
  test('one who is removed is out at once, with all that runs; one who comes back is in again', async () => {
    const session = server.ssh('bob', 'sudo sleep 4321').then(
      () => 'over',
      () => 'over',
    );
    await server.ssh('bob', 'setsid --fork sudo sleep 4322 >/dev/null 2>&1');
    const running = () => server.root('pgrep --count --full "sleep 432[12]" || true');
    await eventually('both run', async () => Number(await running()) >= 2);
    // A port that was left open.
    await server.root('cp /etc/ssh/authorized_keys.d/bob /etc/ssh/authorized_keys.d/ghost');

    const people = (...names: string[]) => ({
      administrators: names.map((name) => server.administrator(name)),
    });
    await server.stack.setConfig(people('alice', 'stranger'));
    await server.stack.up();
    expect(await session).toBe('over');
    expect(await running()).toBe('0\n');
    await expect(server.ssh('bob', 'true')).rejects.toThrow('Permission denied');
    expect(await server.root('ls /etc/ssh/authorized_keys.d')).toBe('alice\ndeploy\nstranger\n');
    expect(await server.root('id --name --groups bob; sudo --list --other-user bob || true')).toMatch(
      /^bob\n.*not allowed/,
    );

    await server.stack.setConfig(people('alice', 'bob'));
    await server.stack.up();
    expect(await server.ssh('bob', 'sudo id --user --name')).toBe('root\n');
    await expect(server.ssh('stranger', 'true')).rejects.toThrow('Permission denied');
  });
});
