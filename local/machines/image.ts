/** The disk image that local machines start from: what a cloud's Debian image has, and no more. */
import { execFile } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DEBIAN_SUITE, hostMirror } from '../debian';
import { ensureHostPackages } from '../host-packages';
import { type Report, reported } from '../toolchain';
import { cachedFolder, recipeHash } from '../toolchain/cache';

const run = promisify(execFile);

/** The smallest disk of any plan; each machine's own copy grows to its plan's. */
const DISK_GB = 25;

const PACKAGES = [
  'ca-certificates',
  'cloud-init',
  'curl',
  'dbus',
  'init',
  'iproute2',
  'libpam-systemd',
  'netbase',
  'openssh-server',
  'procps',
  'python3',
  'sudo',
  'systemd-sysv',
  // The host's kernel may lack WireGuard; then wg-quick takes this program.
  'wireguard-go',
];

/**
 * What user data is going to install: the archives lie in apt's cache, so that installing is real but not a download.
 * Recommended packages are left out, as the program leaves them out.
 */
const ARCHIVES = [
  ...readFileSync(join(__dirname, '..', '..', 'cloud-init', 'packages'), 'utf8')
    .trim()
    .split('\n'),
  'wireguard-tools',
  ...['node', 'postgres', 'redis', 'nginx'].map((of) => `prometheus-${of}-exporter`),
];

/** Only what a container in place of a virtual machine needs, and how a machine shows its plan's size. */
const OVERLAY = join(__dirname, 'overlay');

/** mmdebstrap runs these in turn with the new root as $1; `copy-in` is its own. The checkout's place is no part of the recipe. */
const hooks = (overlay: string) => [
  `copy-in ${overlay}/. /`,
  'chroot "$1" systemctl enable --quiet civo-plan.service systemd-networkd.service',
  'chroot "$1" systemctl mask --quiet systemd-networkd-wait-online.service systemd-modules-load.service',
  // As a cloud's image: no host keys, no machine id.
  'rm -f "$1"/etc/ssh/ssh_host_* && : >"$1"/etc/machine-id',
  `chroot "$1" apt-get --quiet --yes --no-install-recommends --download-only install ${ARCHIVES.join(' ')}`,
];

/** Makes the image, or finds it made; the first time takes a minute or two. Returns the file. */
export async function ensureImage(report: Report = () => undefined): Promise<string> {
  const recipe = [
    DEBIAN_SUITE,
    ...PACKAGES,
    ...ARCHIVES,
    ...hooks('overlay'),
    await overlayText(),
    String(DISK_GB),
  ];
  const name = `machine-${recipeHash(...recipe)}`;
  const folder = await reported(report, "a machine's Debian, and its disk", () => cachedFolder(name, build));
  return join(folder, 'disk.ext4');
}

async function build(folder: string): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error('The image of local machines is built by root. Run this again as root');
  await ensureHostPackages(['mmdebstrap', 'debian-archive-keyring', 'e2fsprogs']);
  const root = join(folder, 'root');
  const mirror = await hostMirror();
  await run(
    'mmdebstrap',
    [
      '--variant=minbase',
      '--format=directory',
      `--include=${PACKAGES.join(',')}`,
      '--skip=cleanup/apt',
      ...hooks(OVERLAY).map((hook) => `--customize-hook=${hook}`),
      DEBIAN_SUITE,
      root,
      ...(mirror ? [mirror] : []),
    ],
    { maxBuffer: 1 << 26 },
  ).catch((error: unknown) => {
    const lines = ((error as { stderr?: string }).stderr ?? String(error)).trim().split('\n');
    throw new Error(`The image of local machines could not be built:\n${lines.slice(-8).join('\n')}`);
  });
  await run('mkfs.ext4', [
    '-q',
    '-d',
    root,
    '-L',
    'cloudimg-rootfs',
    join(folder, 'disk.ext4'),
    `${String(DISK_GB)}G`,
  ]);
  rmSync(root, { recursive: true });
}

async function overlayText(): Promise<string> {
  const entries = await readdir(OVERLAY, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return files
    .map(
      (file) => `${file.slice(OVERLAY.length)} ${String(statSync(file).mode)}\n${readFileSync(file, 'utf8')}`,
    )
    .join('\n');
}
