import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { cloudAddresses } from './addresses';
import { type CloudOptions, defaultStateFolder, machinesOf, machinesPossible, stopDaemon } from './cloud';
import { localMachines } from './machines';
import { isAlive, markOf, processChain } from './machines/process';
import { takeDownNetwork } from './network';

const run = promisify(execFile);

/**
 * Removes all of a local cloud: processes, machines, network, mounts, state folder. Whatever is gone already is fine:
 * it looks for what is there, not only for what was written down. Caches stay.
 *
 * @param report called with each part, in words that finish "removed: …"
 */
export async function removeCloud(
  options: CloudOptions = {},
  report: (part: string) => void = () => undefined,
) {
  const { slot = 0 } = options;
  const addresses = cloudAddresses(slot);
  const stateFolder = resolve(options.stateFolder ?? defaultStateFolder(slot));

  await stopDaemon(stateFolder);
  report('services and Civo API');
  if (machinesPossible()) {
    const folder = join(stateFolder, 'machines');
    const authority = join(stateFolder, 'ca.pem');
    const machines = localMachines(machinesOf(stateFolder), { addresses, folder, authority });
    const ids = existsSync(folder) ? readdirSync(folder) : [];
    for (const id of ids) await machines.remove(id);
    killLeftovers(stateFolder);
    await unmountAll(stateFolder);
    report(ids.length === 1 ? '1 machine' : `${String(ids.length)} machines`);
    await takeDownNetwork(addresses);
    report(
      `network (${addresses.bridge}, ${addresses.publicCidr}, ${addresses.vpn.name}, ${addresses.outsider.name})`,
    );
  }
  rmSync(stateFolder, { recursive: true, force: true });
  report(stateFolder);
}

/** Ends daemons and machines of this state folder that no file names any more. */
function killLeftovers(stateFolder: string): void {
  const marks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && belongsTo(stateFolder, name))
    .flatMap((name) => markOf(Number(name)) ?? [])
    .flatMap(processChain);
  for (const mark of marks) if (isAlive(mark)) process.kill(mark.pid, 'SIGKILL');
}

/** How the word begins that names the folder of a machine, for systemd-nspawn and for QEMU. */
const MACHINE_WORDS = ['--directory=', 'file='];

/** Whether it is the supervisor of a machine, or the daemon, by its command line. */
function belongsTo(stateFolder: string, pid: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const machine = words.some((word) =>
      MACHINE_WORDS.some((begin) => word.startsWith(`${begin}${stateFolder}/machines/`)),
    );
    const daemon =
      words.some((word) => word.endsWith('/local/cloud-daemon.ts')) &&
      words.some((word) => word.includes(JSON.stringify({ stateFolder }).slice(1, -1)));
    return machine || daemon;
  } catch {
    return false; // it ended meanwhile
  }
}

/** Unmounts what is mounted in a folder: deleting it must never reach through a mount. */
async function unmountAll(folder: string): Promise<void> {
  const mounted = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '))
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounted.reverse()) await run('umount', ['--lazy', path]);
}
