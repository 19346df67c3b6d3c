/** The units that Podman's generator makes of our container files, and the recorded ones of Ubuntu 24.04's release. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the container files are on a machine. */
const ON_MACHINE = '/etc/containers/systemd';

export const CONTAINERS = join(__dirname, '..', '..', '..', 'cloud-init', 'handover', ON_MACHINE);
/** The output of Podman 4.9.3, the oldest release that has to take the files. */
export const RECORDED = join(__dirname, 'podman-4.9.3.txt');

/** All units, one after the other, as `quadlet -dryrun` prints them on a machine. */
export function generatedUnits(quadlet: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'quadlet-'));
  try {
    cpSync(CONTAINERS, folder, { recursive: true });
    const output = execFileSync(quadlet, ['-dryrun'], {
      env: { ...process.env, QUADLET_UNIT_DIRS: folder },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return output.replaceAll(folder, ON_MACHINE);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The lines of each recorded unit, by its name. */
export function recordedUnits(): ReadonlyMap<string, readonly string[]> {
  const units = readFileSync(RECORDED, 'utf8').split(/^---(?=\S+\.service---$)/m);
  return new Map(
    units.slice(1).map((unit) => {
      const [name = '', ...lines] = unit.split('\n');
      return [name.replace(/---$/, ''), lines] as const;
    }),
  );
}
