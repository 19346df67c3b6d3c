/**
 * What `make nightly` tests: the whole stack on a virtual machine with a kernel, memory, AppArmor and audit of its own, which
 * containers that share their host's kernel can't show. In order: each test continues from the one before it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MachineKind, QemuMachines } from '../../../local/machines';
import { eventually } from '../eventually';
import { LocalServer } from './local-server';

jest.setTimeout(2_400_000);

/** Seconds. An emulated processor starts four processes of Ruby in more than three minutes. */
const PATIENCE = 900;

const lines = (text: string) => text.trim().split('\n').filter(Boolean);

/** Everything is up again after a boot: the server answers, and systemd is content. */
async function isUp(server: LocalServer): Promise<void> {
  await eventually('the server answers over HTTPS', () => server.healthy(), PATIENCE);
  await eventually(
    'systemd has started everything',
    async () =>
      /^(running|degraded)$/.test((await server.root('systemctl is-system-running || true')).trim()),
    PATIENCE,
  );
}

/** What has failed, and what AppArmor or a system call filter refused, since the machine's boot. */
async function expectNoTrouble(server: LocalServer): Promise<void> {
  expect(lines(await server.root('systemctl --failed --plain --no-legend list-units'))).toEqual([]);
  // As the kernel writes them, and as journald does the audit's. systemd names SECCOMP, too, among what it was built with.
  const refused = await server.root(
    `journalctl --boot --no-pager --output cat --grep 'apparmor="DENIED"|type=1326|^SECCOMP ' || true`,
  );
  expect(lines(refused).filter((line) => !line.startsWith('-- No entries'))).toEqual([]);
  expect(lines(await server.root(`auditctl -s | grep '^lost '`))).toEqual(['lost 0']);
}

const bootId = async (server: LocalServer) =>
  (await server.root('cat /proc/sys/kernel/random/boot_id')).trim();

/** After what makes the machine boot: it answers again by itself, and nothing has failed. */
async function expectToComeBack(server: LocalServer, boot: () => Promise<unknown>): Promise<void> {
  const before = await bootId(server);
  await boot();
  await eventually(
    'the machine has booted again',
    async () => (await bootId(server).catch(() => before)) !== before,
    PATIENCE,
  );
  await isUp(server);
  await expectNoTrouble(server);
}

export function testRealKernel(kind: MachineKind): void {
  let server: LocalServer;
  beforeAll(async () => {
    server = await LocalServer.prepare(0, kind);
    await server.stack.setConfig({ size: 'g3.small' });
  }, 1_800_000);
  afterAll(() => server.remove(), 300_000);

  test('pulumi up brings the server up from nothing, to HTTPS', async () => {
    await server.stack.up();
    await isUp(server);
  });

  test('no unit has failed, and the kernel has refused nothing', () => expectNoTrouble(server));

  test('AppArmor is on, and processes in the containers have no rights, a filter of system calls, and signals', async () => {
    expect(await server.root('cat /sys/module/apparmor/parameters/enabled')).toBe('Y\n');
    const status = await server.root(
      `grep -hE '^(CapEff|NoNewPrivs|Seccomp):' /proc/$(pgrep --full --oldest 'puma ')/status | tr '\\t\\n' '  '`,
    );
    expect(status.trim()).toBe('CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2');
  });

  test('Sidekiq goes quiet on its signal, ends well when it is stopped, and comes again', async () => {
    const [quiet, result] = lines(
      await server.root(`
        podman kill --signal TSTP mastodon-sidekiq-default >/dev/null
        for i in {1..60}; do
          quiet=$(redis-cli smembers processes | while read -r process; do redis-cli hget "$process" quiet; done | sort --unique | paste --serial --delimiters=,)
          [[ $quiet == *true* ]] && break
          sleep 1
        done
        echo "$quiet"
        systemctl stop mastodon-sidekiq@default
        systemctl show --property=Result --value mastodon-sidekiq@default
        systemctl start mastodon-sidekiq@default`),
    );
    expect(quiet).toContain('true');
    expect(result).toBe('success');
  });

  test('every kernel setting of ours reads back as it is written, on each interface', async () => {
    const folder = join(__dirname, '..', '..', '..', 'cloud-init');
    const files = ['root', 'handover'].flatMap((tree) => {
      const settings = join(folder, tree, 'etc/sysctl.d');
      return readdirSync(settings).map((name) => readFileSync(join(settings, name), 'utf8'));
    });
    const wanted = files.flatMap((text) => [...text.matchAll(/^-?([a-z][\w.*]*) = (.*)$/gm)]);
    expect(wanted.length).toBeGreaterThan(20);
    const wrong = await server.root(
      wanted
        .map(([, name = '', value = '']) => {
          const paths = `/proc/sys/${name.replaceAll('.', '/')}`;
          return `for file in ${paths}; do [[ $(<"$file") == '${value}' ]] || echo "$file: $(<"$file"); expected ${value}"; done`;
        })
        .join('\n'),
    );
    expect(lines(wrong)).toEqual([]);
  });

  test('a backend of PostgreSQL that the kernel kills for memory costs seconds, not the database', async () => {
    const said = await server.root(`
      unit=$(systemctl list-units --plain --no-legend 'postgresql@*' | cut -d' ' -f1)
      before=$(systemctl show --property=MainPID --value "$unit")
      runuser -u postgres -- psql --quiet --no-psqlrc -c 'SELECT pg_sleep(600)' >/dev/null 2>&1 &
      sleep 5
      backend=$(pgrep --full 'postgres: .*SELECT' | head -n 1)
      echo 1000 >"/proc/$backend/oom_score_adj"
      # The kernel takes the process with the highest score (its documentation, sysrq: f).
      echo f >/proc/sysrq-trigger
      for i in {1..60}; do
        sleep 1
        runuser -u postgres -- psql --quiet --no-psqlrc -tAc 'SELECT 1' >/dev/null 2>&1 && break
      done
      journalctl --boot --dmesg --no-pager --output cat --grep 'Killed process' | tail -n 1
      systemctl is-active "$unit"
      [[ $(systemctl show --property=MainPID --value "$unit") == "$before" ]] && echo same`);
    expect(said).toMatch(/Killed process \d+ \(postgres\)[^]*\nactive\nsame\n$/);
    await isUp(server);
  });

  test('a library that was updated makes needrestart ask for a restart, and nothing restarts by itself', async () => {
    const [before, after, ...asked] = lines(
      await server.root(`
        pid() { systemctl show --property=MainPID --value redis-server; }
        pid
        library=$(awk '$6 ~ /libssl/ { print $6; exit }' "/proc/$(pid)/maps")
        cp --preserve=all "$library" "$library.new" && mv "$library.new" "$library"
        apt-get install --reinstall --yes --quiet jq >/dev/null
        pid
        needrestart -b`),
    );
    expect(after).toBe(before);
    expect(asked).toContain('NEEDRESTART-SVC: redis-server.service');
  });

  test('the firewall drops what no rule allows', async () => {
    const ruleset = await server.root('nft list table inet perimeter');
    expect(ruleset).toMatch(/type filter hook input priority filter; policy drop;/);
    expect(ruleset).toMatch(/type filter hook forward priority filter; policy drop;/);
  });

  test('converge finds nothing to change', async () => {
    expect(await server.root('converge --dry-run')).toContain(': 0 changes');
  });

  test('after a reboot from inside it answers again by itself, with no unit failed', async () => {
    await expectToComeBack(server, () => server.root('systemctl reboot --no-block'));
  });

  test('after a hard reset it answers again by itself, with no unit failed', async () => {
    const { instanceId } = await server.outputs();
    const { machines } = server;
    if (!(machines instanceof QemuMachines)) throw new Error('expected machines of QEMU');
    await expectToComeBack(server, () => machines.reset(instanceId));
  });

  test('the smallest size holds it: nothing was killed for memory in this boot, and some is left', async () => {
    const killed = await server.root(
      `journalctl --boot --dmesg --no-pager --output cat --grep 'Killed process' || true`,
    );
    expect(lines(killed).filter((line) => !line.startsWith('-- No entries'))).toEqual([]);
    const [available = '0'] = lines(
      await server.root(`awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo`),
    );
    expect(Number(available)).toBeGreaterThan(200_000); // kB
    expect(lines(await server.root('swapon --noheadings --show=NAME'))).toEqual(['/var/swap']);
  });
}
