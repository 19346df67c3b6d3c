import { execFile, spawn } from 'node:child_process';
import { existsSync, openSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { ensureHostPackages } from '../host-packages';
import { ensureOlderImage, ensureVirtualImage } from './image';
import { MachinesOnDisk, type Parts, specOf } from './on-disk';

/** How long QEMU may take to answer on its socket, in milliseconds. */
const MONITOR_PATIENCE = 10_000;

/** The kernel's command line: names of interfaces as they always were, AppArmor and audit on, a crash ends the machine. */
const KERNEL =
  'root=/dev/vda rw console=ttyS0 net.ifnames=0 apparmor=1 security=apparmor audit=1 audit_backlog_limit=16384 panic=10';

const KVM = ['-accel', 'kvm', '-cpu', 'host'];

/** How long a kernel without a disk may take to its panic under KVM, in milliseconds; 2 s is usual. */
const KVM_PATIENCE = 20_000;

/**
 * Virtual machines with a kernel and memory of their own, by QEMU: emulated, or by KVM where this computer has it. Needs root
 * on Linux, for the network interface.
 */
export class QemuMachines extends MachinesOnDisk {
  protected readonly interfaceName = 'eth0';
  protected readonly showsPlan = false;
  protected readonly patience = 300_000;

  protected ensureImage(): Promise<string> {
    return ensureVirtualImage();
  }

  protected async image(): Promise<string> {
    await ensureHostPackages(['qemu-system-x86', 'seabios', 'ipxe-qemu', 'e2fsprogs']);
    return this.ensureImage();
  }

  protected async powerOn(_id: string, parts: Parts): Promise<number | undefined> {
    const boot = dirname(await this.ensureImage());
    const kernel = join(boot, 'vmlinuz');
    const { cpuCores, ramMb, privateIp } = specOf(parts);
    const log = openSync(parts.console, 'a');
    rmSync(monitorOf(parts), { force: true });
    const child = spawn(
      'qemu-system-x86_64',
      [
        ...['-nodefaults', '-display', 'none', '-machine', 'q35'],
        ...((await kvmWorks(kernel)) ? KVM : ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max']),
        ...['-smp', String(cpuCores), '-m', String(ramMb)],
        ...['-kernel', kernel, '-initrd', join(boot, 'initrd.img'), '-append', KERNEL],
        ...['-drive', `file=${parts.disk},format=raw,if=virtio,cache=unsafe,discard=unmap`],
        // QEMU makes the interface and takes it along when it ends.
        ...['-netdev', `tap,id=n0,script=${join(__dirname, 'join-bridge.sh')},downscript=no`],
        ...['-device', `virtio-net-pci,netdev=n0,mac=${macOf(privateIp)}`],
        ...['-device', 'virtio-rng-pci'],
        ...['-chardev', `file,id=console,path=${parts.console},append=on`, '-serial', 'chardev:console'],
        ...['-qmp', `unix:${monitorOf(parts)},server=on,wait=off`],
      ],
      {
        detached: true,
        stdio: ['ignore', log, log],
        env: { ...process.env, BRIDGE: this.options.addresses.bridge },
      },
    );
    child.unref();
    return child.pid;
  }

  protected askToPowerOff(parts: Parts): Promise<void> {
    return tell(monitorOf(parts), 'system_powerdown');
  }

  /** The interface goes with the process. */
  protected cleanUp(id: string): Promise<void> {
    rmSync(monitorOf(this.parts(id)), { force: true });
    return Promise.resolve();
  }

  /** The button of a computer: no warning to what runs on it. */
  async reset(id: string): Promise<void> {
    await tell(monitorOf(this.parts(id)), 'system_reset');
  }
}

/** The same with a system that is older than what production runs. */
export class OlderQemuMachines extends QemuMachines {
  protected override ensureImage(): Promise<string> {
    return ensureOlderImage();
  }
}

/** Not in the machine's folder: the path of a socket has at most 107 bytes (unix(7)). */
const monitorOf = (parts: Parts) => `/run/qemu-${basename(parts.folder)}.qmp`;

/** One command of QEMU's machine protocol, which wants a greeting first (QEMU's docs/interop/qmp-spec). */
function tell(path: string, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let said = '';
    socket.setTimeout(MONITOR_PATIENCE, () => socket.destroy(new Error(`${path} does not answer`)));
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      for (const execute of ['qmp_capabilities', command]) socket.write(`${JSON.stringify({ execute })}\n`);
    });
    socket.on('data', (text: string) => {
      said += text;
      if ((said.match(/"return"/g)?.length ?? 0) >= 2) {
        socket.end();
        resolve();
      }
    });
    socket.on('error', (error) => {
      reject(new Error(`QEMU did not take "${command}": ${error.message}`));
    });
  });
}

/** An unused address, by the last three numbers of the machine's own. */
function macOf(privateIp: string): string {
  const numbers = privateIp
    .split('.')
    .slice(1)
    .map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['52', '54', '00', ...numbers].join(':');
}

let kvm: Promise<boolean> | undefined;

/**
 * Whether a kernel gets as far as its panic for want of a disk. That there is a /dev/kvm is not enough: in a virtual machine it
 * may accept a guest and never get it started.
 */
function kvmWorks(kernel: string): Promise<boolean> {
  return (kvm ??= new Promise((resolve) => {
    if (!existsSync('/dev/kvm')) {
      resolve(false);
      return;
    }
    const guest = ['-nodefaults', '-display', 'none', '-machine', 'q35', '-m', '512', '-no-reboot'];
    execFile(
      'qemu-system-x86_64',
      [...guest, ...KVM, '-kernel', kernel, '-append', 'panic=-1'],
      { timeout: KVM_PATIENCE },
      (error) => {
        resolve(error === null);
      },
    );
  }));
}
