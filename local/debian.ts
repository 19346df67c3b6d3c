import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** The Debian release of local machines and of the stand-in images. */
export const DEBIAN_SUITE = 'trixie';
/** What Civo calls its image: what every local machine is, whichever image is asked for. */
export const DEBIAN_IMAGE = 'debian-13';

/** The mirror that this host's apt uses. On another distribution none: then Debian's own, as mmdebstrap knows it. */
export async function hostMirror(): Promise<string | undefined> {
  const release = readFileSync('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
  if (!/^ID=debian$/m.test(release) || codename === undefined) return undefined;
  const { stdout } = await promisify(execFile)('apt-get', ['update', '--print-uris']);
  return new RegExp(`^'(\\S+?)/?/dists/${codename}/InRelease'`, 'm').exec(stdout)?.[1];
}
