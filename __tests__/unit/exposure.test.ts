/** What systemd-analyze says of the sandbox of each unit of ours, and why those that run podman stay above 4.0. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PODMAN_UNITS } from '../../cloud-init/bundle';

const cloudInit = join(__dirname, '../../cloud-init');
const UNITS = 'etc/systemd/system';
const CONTAINERS = join(cloudInit, 'handover/etc/containers/systemd');
const WITH_PODMAN = [...PODMAN_UNITS, 'mastodon-metrics'];
const LIMIT = 4.0;
/** Without a container of its own the limit is lower: our scripts need less. */
const LIMIT_WITHOUT_PODMAN = 3.0;

const MOUNTS =
  'it needs mounts of its own, which hide a container’s files from podman exec (docs/decisions.md)';
const CONTAINER = 'podman makes containers, and conmon and crun run as the unit';
const NAMESPACES = 'a container has this namespace of its own';
const NETWORK = 'Mastodon talks to other servers, to the bucket and to PostgreSQL, and Network=host';

/** The checks, by systemd's name in JSON, that a unit that runs podman can’t pass, and why. */
const PREVENTED: Readonly<Record<string, string>> = {
  UserOrDynamicUser: 'containers are root’s: Network=host, and images in one store',
  RootDirectoryOrRootImage: MOUNTS,
  PrivateDevices: MOUNTS,
  PrivateMounts: MOUNTS,
  PrivateTmp: MOUNTS,
  ProcSubset: MOUNTS,
  ProtectControlGroups: MOUNTS,
  ProtectHome: MOUNTS,
  ProtectKernelLogs: MOUNTS,
  ProtectKernelModules: MOUNTS,
  ProtectKernelTunables: MOUNTS,
  ProtectProc: MOUNTS,
  ProtectSystem: MOUNTS,
  ProtectClock: 'it would open /dev/rtc for reading; the calls and CAP_SYS_TIME are missing already',
  ProtectHostname: 'it forbids sethostname, with which crun names a container',
  CapabilityBoundingSet_CAP_CHOWN_FSETID_SETFCAP: CONTAINER,
  CapabilityBoundingSet_CAP_DAC_FOWNER_IPC_OWNER: CONTAINER,
  CapabilityBoundingSet_CAP_KILL: 'a container’s processes are another user’s',
  CapabilityBoundingSet_CAP_MKNOD: 'crun makes a container’s /dev',
  CapabilityBoundingSet_CAP_SET_UID_GID_PCAP: 'crun becomes Mastodon’s user, and drops every capability',
  CapabilityBoundingSet_CAP_SYS_ADMIN: 'crun mounts a container’s file systems',
  CapabilityBoundingSet_CAP_SYS_CHROOT: 'crun changes into a container’s root',
  CapabilityBoundingSet_CAP_SYS_NICE_RESOURCE: 'crun sets a container’s limits',
  SystemCallFilter_mount: 'crun mounts a container’s file systems',
  SystemCallFilter_privileged: CONTAINER,
  SystemCallFilter_resources: 'crun sets a container’s limits',
  RestrictNamespaces_cgroup: NAMESPACES,
  RestrictNamespaces_ipc: NAMESPACES,
  RestrictNamespaces_mnt: NAMESPACES,
  RestrictNamespaces_pid: NAMESPACES,
  RestrictNamespaces_uts: NAMESPACES,
  RestrictSUIDSGID:
    'its filter answers openat2, by which crun opens paths in a container safely, with ENOSYS',
  RestrictAddressFamilies_AF_INET_INET6: NETWORK,
  RestrictAddressFamilies_AF_NETLINK: 'programs list addresses by it',
  RestrictAddressFamilies_AF_UNIX: 'conmon, the journal and Redis are reached by it',
  PrivateNetwork: NETWORK,
  IPAddressDeny: NETWORK,
  PrivateUsers: 'files of containers are of the host’s users',
  MemoryDenyWriteExecute: 'Node.js and Ruby compile while they run',
  Delegate: 'Quadlet sets it',
  NotifyAccess: 'conmon reports that a container is there, and Quadlet sets it',
  UMask: 'what podman writes for a container, such as its /etc/hosts, is read by Mastodon’s user',
};

interface Check {
  readonly set: boolean | null;
  readonly json_field: string;
  readonly exposure: string | null;
}

let root: string;

/** A unit such as Quadlet makes of a .container file (internal/quadlet/quadlet.go of Podman). */
function generated(container: string): string {
  const [, service = ''] = /^\[Service\]\n((?:(?!\[).*\n)*)/m.exec(container) ?? [];
  return `[Service]\n${service}Delegate=yes\nType=notify\nNotifyAccess=all\nExecStart=/usr/bin/podman run\n`;
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'units-'));
  const folder = join(root, UNITS);
  for (const tree of ['root', 'handover']) cpSync(join(cloudInit, tree, UNITS), folder, { recursive: true });
  for (const file of readdirSync(CONTAINERS)) {
    const unit = join(folder, file.replace('.container', '.service'));
    writeFileSync(unit, generated(readFileSync(join(CONTAINERS, file), 'utf8')));
  }
  for (const unit of WITH_PODMAN) {
    mkdirSync(join(folder, `${unit}.service.d`), { recursive: true });
    cpSync(join(cloudInit, 'podman-sandbox.conf'), join(folder, `${unit}.service.d/10-hardening.conf`));
  }
  // systemd-analyze wants an instance.
  for (const unit of readdirSync(folder).filter((name) => name.endsWith('@.service')))
    cpSync(join(folder, unit), join(folder, unit.replace('@.', '@x.')));
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

function analyze(unit: string, ...options: string[]): string {
  const command = ['security', '--no-pager', '--offline=true', `--root=${root}`, ...options, unit];
  return execFileSync('systemd-analyze', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function exposure(unit: string): number {
  const [, figure = ''] = /Overall exposure level for .*: (\d+\.\d)/.exec(analyze(unit)) ?? [];
  if (figure === '') throw new Error(`systemd-analyze shows no exposure of ${unit}`);
  return Number(figure);
}

/** The checks that it does not pass. */
const open = (unit: string) =>
  (JSON.parse(analyze(unit, '--json=short')) as Check[])
    .filter(({ set, exposure: figure }) => set === false && figure !== null)
    .map(({ json_field }) => json_field);

const units = () => readdirSync(join(root, UNITS)).filter((name) => /^mastodon-.*[^@]\.service$/.test(name));
/** An instance, such as mastodon-web@x.service, is of the unit mastodon-web@. */
const runsPodman = (unit: string) =>
  WITH_PODMAN.includes(unit.replace(/@x\.service$|\.service$/, (end) => (end[0] === '@' ? '@' : '')));

test('no unit of ours is exposed by more than 4.0, but those that run podman', () => {
  const exposures = units().map((unit) => [unit, exposure(unit)] as const);
  expect(exposures.length).toBeGreaterThanOrEqual(19);
  const wide = exposures.filter(([unit, figure]) => figure > (runsPodman(unit) ? 10 : LIMIT_WITHOUT_PODMAN));
  expect(wide).toEqual([]);
  // An exception that is not needed any more.
  expect(exposures.filter(([unit, figure]) => runsPodman(unit) && figure <= LIMIT)).toEqual([]);
});

test('each line that keeps a unit that runs podman above 4.0 is named with its reason', () => {
  const podman = units().filter(runsPodman);
  expect(podman).toHaveLength(WITH_PODMAN.length);
  for (const unit of podman) {
    expect([unit, open(unit).filter((line) => !(line in PREVENTED))]).toEqual([unit, []]);
    expect(exposure(unit)).toBeLessThanOrEqual(5.8);
  }
  const found = new Set(podman.flatMap(open));
  expect(Object.keys(PREVENTED).filter((line) => !found.has(line))).toEqual([]);
});

test('a unit that runs podman is one of a container, or its script names podman', () => {
  const names = (unit: string) => {
    const file = join(cloudInit, 'handover', UNITS, `${unit}.service`);
    if (!existsSync(file)) return existsSync(join(CONTAINERS, `${unit}.container`));
    const start = /^ExecStart=(.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    const subcommand = /mastodonctl (\w+)/.exec(start)?.[1];
    const script = /mastodon\/(?:with-lock .*mastodon\/)?(\w+)/.exec(start)?.[1] ?? '';
    const path = subcommand === undefined ? script : `mastodonctl/${subcommand}.py`;
    const text = readFileSync(join(cloudInit, 'handover/usr/local/lib/mastodon', path), 'utf8');
    return /\bpodman\b|in-mastodon/.test(text);
  };
  expect(WITH_PODMAN.filter((unit) => !names(unit))).toEqual([]);
});
