/** Debian's Prometheus, unpacked into the cache: installed it would start a service. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from '../../local/toolchain/cache';

/** What the project has for a Prometheus and a Grafana. */
export const MONITORING = join(__dirname, '..', '..', 'monitoring');

const run = promisify(execFile);

export async function ensurePrometheus(): Promise<{ prometheus: string; promtool: string }> {
  const folder = await cachedFolder('prometheus', async (unfinished) => {
    const download = () => run('apt-get', ['download', '--quiet', 'prometheus'], { cwd: unfinished });
    // A fresh or stale machine has no index, or one that names versions that are gone.
    await download().catch(() => run('apt-get', ['update', '--quiet']).then(download));
    const [archive = ''] = readdirSync(unfinished).filter((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['--extract', archive, '.'], { cwd: unfinished });
  });
  const binaries = join(folder, 'usr', 'bin');
  return { prometheus: join(binaries, 'prometheus'), promtool: join(binaries, 'promtool') };
}
