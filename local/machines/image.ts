/** The disk images that local machines start from: what a cloud's Debian image has, and no more. */
import { execFile } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
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
const DISK = 'disk.ext4';

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
];

/** The host's kernel may lack WireGuard; then wg-quick takes this program. */
const CONTAINER_PACKAGES = [...PACKAGES, 'wireguard-go'];

/**
 * What user data is going to install: the archives lie in apt's cache, so that installing is real but not a download.
 * Recommended packages are left out, as the program leaves them out.
 */
const INSTALLED = readFileSync(join(__dirname, '..', '..', 'cloud-init', 'packages'), 'utf8').trim().split('\n');
const OPTIONAL = [
  'wireguard-tools',
  ...['node', 'postgres', 'redis', 'nginx'].map((of) => `prometheus-${of}-exporter`),
];

/**
 * A kernel, and what comes with a cloud's image that has one. What user data installs is installed already: an emulated
 * processor would take ten minutes for it.
 */
const VIRTUAL_PACKAGES = [
  ...PACKAGES,
  ...['linux-image-cloud-amd64', 'initramfs-tools', 'zstd', 'udev', 'kmod', 'apparmor', 'auditd', 'e2fsprogs'],
  ...INSTALLED,
];

/** `common`, and for each kind of machine what makes up for what it is not. */
const OVERLAYS = join(__dirname, 'overlay');

const download = (packages: readonly string[]) =>
  `chroot "$1" apt-get --quiet --yes --no-install-recommends --download-only install ${packages.join(' ')}`;

/** As a cloud's image: no host keys, no machine id. */
const ANONYMOUS = 'rm -f "$1"/etc/ssh/ssh_host_* && : >"$1"/etc/machine-id';

/** mmdebstrap runs these in turn with the new root as $1; `copy-in` is its own. The checkout's place is no part of the recipe. */
const containerHooks = (overlays: string) => [
  `copy-in ${overlays}/common/. ${overlays}/nspawn/. /`,
  'chroot "$1" systemctl enable --quiet civo-mounts.service civo-plan.service systemd-networkd.service',
  'chroot "$1" systemctl mask --quiet systemd-networkd-wait-online.service systemd-modules-load.service',
  ANONYMOUS,
  download([...INSTALLED, ...OPTIONAL]),
];

const virtualHooks = (overlays: string) => [
  `copy-in ${overlays}/common/. ${overlays}/qemu/. /`,
  'chroot "$1" systemctl enable --quiet systemd-networkd.service',
  'chroot "$1" systemctl mask --quiet systemd-networkd-wait-online.service',
  ANONYMOUS,
  download(OPTIONAL),
];

/** Makes the image, or finds it made; the first time takes a minute or two. Returns the file. */
export async function ensureImage(report: Report = () => undefined): Promise<string> {
  const recipe = { packages: CONTAINER_PACKAGES, hooks: containerHooks };
  return join(await made('machine', recipe, report), DISK);
}

/** The same of virtual machines; beside it lie its kernel, `vmlinuz`, and its initial RAM disk, `initrd.img`. */
export async function ensureVirtualImage(report: Report = () => undefined): Promise<string> {
  const recipe = { packages: VIRTUAL_PACKAGES, hooks: virtualHooks };
  return join(await made('virtual-machine', recipe, report), DISK);
}

interface Recipe {
  packages: readonly string[];
  hooks: (overlays: string) => readonly string[];
}

async function made(kind: string, { packages, hooks }: Recipe, report: Report): Promise<string> {
  const parts = [DEBIAN_SUITE, ...packages, ...hooks('overlay'), await overlayText(), String(DISK_GB)];
  const name = `${kind}-${recipeHash(...parts)}`;
  const build = (folder: string) => buildDisk(folder, packages, hooks(OVERLAYS));
  return reported(report, "a machine's Debian, and its disk", () => cachedFolder(name, build));
}

async function buildDisk(folder: string, packages: readonly string[], hooks: readonly string[]): Promise<void> {
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
      `--include=${packages.join(',')}`,
      '--skip=cleanup/apt',
      ...hooks.map((hook) => `--customize-hook=${hook}`),
      DEBIAN_SUITE,
      root,
      ...(mirror ? [mirror] : []),
    ],
    { maxBuffer: 1 << 26 },
  ).catch((error: unknown) => {
    const lines = ((error as { stderr?: string }).stderr ?? String(error)).trim().split('\n');
    throw new Error(`The image of local machines could not be built:\n${lines.slice(-8).join('\n')}`);
  });
  await run('mkfs.ext4', ['-q', '-d', root, '-L', 'cloudimg-rootfs', join(folder, DISK), `${String(DISK_GB)}G`]);
  for (const file of readdirSync(join(root, 'boot'))) {
    const [, name] = /^(vmlinuz|initrd\.img)-/.exec(file) ?? [];
    if (name !== undefined) copyFileSync(join(root, 'boot', file), join(folder, name));
  }
  rmSync(root, { recursive: true });
}

async function overlayText(): Promise<string> {
  const entries = await readdir(OVERLAYS, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return files
    .map(
      (file) => `${file.slice(OVERLAYS.length)} ${String(statSync(file).mode)}\n${readFileSync(file, 'utf8')}`,
    )
    .join('\n');
}
