/** The layer of Debian packages that both images share. */
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DEBIAN_SUITE, hostMirror } from '../debian';
import { ensureHostPackages } from '../host-packages';
import { cachedFolder, recipeHash } from '../toolchain/cache';
import { readLayer, storeLayer, type Layer } from './oci';
import { HOME, LEFT_OUT, PACKAGES, UID } from './recipe';

const run = promisify(execFile);

const GEMFILE = join(__dirname, 'web', 'Gemfile');

/** mmdebstrap runs these in turn with the new root as $1; `copy-in` is its own. */
const hooks = (gemfile: string) => [
  `chroot "$1" groupadd --gid ${String(UID)} mastodon`,
  `chroot "$1" useradd --uid ${String(UID)} --gid mastodon --home-dir ${HOME} --no-create-home --no-log-init mastodon 2>/dev/null`,
  `mkdir -p "$1${HOME}/tmp" "$1${HOME}/public/system"`,
  `ln -s ${HOME} "$1/mastodon"`,
  `copy-in ${gemfile} ${HOME}`,
  // The lock file depends on Debian's versions, so it belongs to this layer.
  `chroot "$1" env BUNDLE_USER_HOME=/tmp/bundle sh -c 'cd ${HOME} && bundle install --local --quiet && rm -rf /tmp/bundle'`,
  // The only folders that Mastodon may write to.
  `chown ${String(UID)}:${String(UID)} "$1${HOME}/tmp" "$1${HOME}/public/system"`,
  'rm -rf "$1"/var/log/* "$1"/var/cache/ldconfig/aux-cache "$1"/etc/resolv.conf "$1"/etc/hostname',
];

/** Makes the layer, or finds it made. Needs root: a root file system has files of other owners. */
export async function ensureDebianLayer(): Promise<Layer> {
  const recipe = [DEBIAN_SUITE, ...PACKAGES, ...LEFT_OUT, ...hooks('Gemfile'), readFileSync(GEMFILE, 'utf8')];
  const name = `stand-in-debian-${recipeHash(...recipe)}`;
  return readLayer(await cachedFolder(name, buildDebianLayer));
}

async function buildDebianLayer(folder: string): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error('The stand-in image for Mastodon is built by root. Run this again as root');
  await ensureHostPackages(['mmdebstrap', 'debian-archive-keyring']);
  const tar = join(folder, 'root.tar');
  const options = [
    '--variant=minbase',
    `--include=${PACKAGES.join(',')}`,
    ...LEFT_OUT.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    ...hooks(GEMFILE).map((hook) => `--customize-hook=${hook}`),
    '--skip=output/dev',
  ];
  const mirror = await hostMirror();
  // Equal packages give an equal archive: mmdebstrap sets every later time to this one.
  const env = { ...process.env, SOURCE_DATE_EPOCH: '0' };
  await run('mmdebstrap', [...options, DEBIAN_SUITE, tar, ...(mirror ? [mirror] : [])], {
    env,
    maxBuffer: 1 << 26,
  }).catch((error: unknown) => {
    const text = (error as { stderr?: string }).stderr?.trim().split('\n').slice(-8).join('\n');
    throw new Error(`The stand-in image for Mastodon could not be built:\n${text ?? String(error)}`);
  });
  await storeLayer(tar, folder);
  rmSync(tar);
}
