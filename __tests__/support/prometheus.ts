/** Debian's Prometheus. */
import { join } from 'node:path';
import { debianPackage } from './debian-program';

/** What the project has for a Prometheus and a Grafana. */
export const MONITORING = join(__dirname, '..', '..', 'monitoring');

export async function ensurePrometheus(): Promise<{ prometheus: string; promtool: string }> {
  const binaries = join(await debianPackage('prometheus'), 'usr', 'bin');
  return { prometheus: join(binaries, 'prometheus'), promtool: join(binaries, 'promtool') };
}
