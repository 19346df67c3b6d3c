import { execFile, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureHostPackages } from '../host-packages';
import { ensureImage } from './image';
import { MachinesOnDisk, mount, type Parts, specOf } from './on-disk';
import { usableMemory } from './seed';

const run = promisify(execFile);

/**
 * Machines without a hypervisor: Debian booted by systemd-nspawn with systemd as its first process, on the host's kernel. Needs
 * root on Linux.
 */
export class NspawnMachines extends MachinesOnDisk {
  protected readonly interfaceName = 'host0';
  protected readonly showsPlan = true;
  protected readonly patience = 60_000;

  protected async image(): Promise<string> {
    await ensureHostPackages(['systemd-container', 'e2fsprogs']);
    return ensureImage();
  }

  protected async powerOn(id: string, parts: Parts): Promise<number | undefined> {
    await mount(parts);
    const { ramMb, cpuCores } = specOf(parts);
    const log = openSync(parts.console, 'a');
    const child = spawn(
      'unshare',
      [
        '--mount',
        join(__dirname, 'power.sh'),
        this.nameOf(id),
        `--directory=${parts.root}`,
        '--boot',
        // No machine manager is asked: the host need not run systemd.
        '--register=no',
        '--keep-unit',
        '--capability=all',
        '--system-call-filter=add_key keyctl bpf',
        '--bind=/dev/fuse',
        '--bind=/dev/net/tun',
        `--network-bridge=${this.options.addresses.bridge}`,
        '--resolv-conf=off',
        '--timezone=off',
        '--link-journal=no',
        '--console=pipe',
      ],
      {
        detached: true,
        stdio: ['ignore', log, log],
        env: {
          ...process.env,
          SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
          MEMORY_BYTES: String(usableMemory(ramMb) * 1024),
          CPUS: String(cpuCores),
          ENFORCED: enforcedFile(parts),
        },
      },
    );
    child.unref();
    return child.pid;
  }

  /** Which of its plan's limits the host's control groups enforce: `memory`, `processors`. The disk's size always is. */
  enforced(id: string): readonly string[] {
    return readFileSync(enforcedFile(this.parts(id)), 'utf8')
      .split('\n')
      .filter(Boolean);
  }

  /** `power.sh` passes it on. */
  protected askToPowerOff(_parts: Parts, pid: number): Promise<void> {
    process.kill(pid, 'SIGTERM');
    return Promise.resolve();
  }

  /** Its end of the bridge, which the kernel else removes some time later: the next start would find it there. And its control groups. */
  protected override async cleanUp(id: string): Promise<void> {
    await run('ip', ['link', 'delete', `vb-${this.nameOf(id)}`]).catch(() => undefined);
    const groups = ['/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*/${this.nameOf(id)}*`];
    await run('find', [...groups, '-exec', 'rmdir', '{}', '+']).catch(() => undefined);
  }

  private nameOf(id: string): string {
    return `c${String(this.options.addresses.slot)}-${id.slice(0, 8)}`;
  }
}

const enforcedFile = (parts: Parts) => join(parts.folder, 'enforced');
