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
import { buildGoTools, goModules } from '../toolchain/go';

const run = promisify(execFile);

/** The smallest disk of any plan; each machine's own copy grows to its plan's. */
const DISK_GB = 25;
const DISK = 'disk.ext4';

const OLDER_SUITE = 'bookworm';

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
 * What user data is going to install: the archives are in apt's cache, so that installing is real but not a download.
 * Recommended packages are left out, as the program leaves them out.
 */
const INSTALLED = readFileSync(join(__dirname, '..', '..', 'cloud-init', 'packages'), 'utf8')
  .trim()
  .split('\n');
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
  ...[
    'linux-image-cloud-amd64',
    'initramfs-tools',
    'zstd',
    'udev',
    'kmod',
    'apparmor',
    'auditd',
    'e2fsprogs',
  ],
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
  const recipe = { overlays: ['common', 'nspawn'], packages: CONTAINER_PACKAGES, hooks: containerHooks };
  return join(await made('machine', recipe, report), DISK);
}

/** The same of virtual machines; beside it lie its kernel, `vmlinuz`, and its initial RAM disk, `initrd.img`. */
export async function ensureVirtualImage(report: Report = () => undefined): Promise<string> {
  const recipe = { overlays: ['common', 'qemu'], packages: VIRTUAL_PACKAGES, hooks: virtualHooks };
  return join(await made('virtual-machine', recipe, report), DISK);
}

/**
 * A virtual machine older than what production runs: Debian 12 (systemd 252, kernel 6.1, crun 1.8, PostgreSQL 15, nginx 1.22) with
 * the Podman of Ubuntu 24.04, 4.9.3, in the place of its own 4.3, which has no Quadlet.
 */
export async function ensureOlderImage(report: Report = () => undefined): Promise<string> {
  await ensureHostPackages(['gcc', 'libseccomp-dev', 'libsystemd-dev', 'pkg-config']);
  const podman = await reported(report, 'Podman 4.9.3', (told) => buildGoTools(goModules.podman, told));
  const recipe = {
    suite: OLDER_SUITE,
    overlays: ['common', 'qemu', 'qemu-older'],
    // Debian 12's Podman brings no netavark, and 4.9.3 is not Debian's.
    packages: [...VIRTUAL_PACKAGES, 'netavark', 'aardvark-dns'],
    hooks: (overlays: string) => [
      ...virtualHooks(overlays),
      `copy-in ${overlays}/qemu-older/. /`,
      `copy-in ${podman}/podman /usr/bin`,
      'mkdir -p "$1"/usr/libexec/podman',
      `copy-in ${podman}/quadlet /usr/libexec/podman`,
      'ln -sf /usr/libexec/podman/quadlet "$1"/usr/lib/systemd/system-generators/podman-system-generator',
    ],
  };
  return join(await made('older-machine', recipe, report), DISK);
}

interface Recipe {
  /** Release of Debian. Default: {@link DEBIAN_SUITE}. */
  suite?: string;
  /** The folders of {@link OVERLAYS} that the hooks copy. */
  overlays: readonly string[];
  packages: readonly string[];
  hooks: (overlays: string) => readonly string[];
}

async function made(
  kind: string,
  { suite = DEBIAN_SUITE, overlays, packages, hooks }: Recipe,
  report: Report,
): Promise<string> {
  const parts = [suite, ...packages, ...hooks('overlay'), await textOf(overlays), String(DISK_GB)];
  const name = `${kind}-${recipeHash(...parts)}`;
  const build = (folder: string) => buildDisk(folder, suite, packages, hooks(OVERLAYS));
  return reported(report, "a machine's Debian, and its disk", () => cachedFolder(name, build));
}

async function buildDisk(
  folder: string,
  suite: string,
  packages: readonly string[],
  hooks: readonly string[],
): Promise<void> {
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
      suite,
      root,
      ...(mirror ? [mirror] : []),
    ],
    { maxBuffer: 1 << 26 },
  ).catch((error: unknown) => {
    // After an error it complains of mounts that are gone, at length.
    const lines = ((error as { stderr?: string }).stderr ?? String(error))
      .trim()
      .split('\n')
      .filter((line) => !/^(W: )?umount/.test(line));
    throw new Error(`The image of local machines could not be built:\n${lines.slice(-8).join('\n')}`);
  });
  await run('mkfs.ext4', [
    '-q',
    '-d',
    root,
    '-L',
    'cloudimg-rootfs',
    join(folder, DISK),
    `${String(DISK_GB)}G`,
  ]);
  for (const file of readdirSync(join(root, 'boot'))) {
    const [, name] = /^(vmlinuz|initrd\.img)-/.exec(file) ?? [];
    if (name !== undefined) copyFileSync(join(root, 'boot', file), join(folder, name));
  }
  rmSync(root, { recursive: true });
}

async function textOf(overlays: readonly string[]): Promise<string> {
  const folders = overlays.map((name) => join(OVERLAYS, name));
  const entries = await Promise.all(
    folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })),
  );
  const files = entries
    .flat()
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return files
    .map(
      (file) =>
        `${file.slice(OVERLAYS.length)} ${String(statSync(file).mode)}\n${readFileSync(file, 'utf8')}`,
    )
    .join('\n');
}
