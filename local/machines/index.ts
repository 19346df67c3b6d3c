import { NspawnMachines } from './nspawn';
import type { MachineOptions, MachinesOnDisk } from './on-disk';
import { OlderQemuMachines, QemuMachines } from './qemu';

export type { MachineOptions, MachinesOnDisk } from './on-disk';
export { NspawnMachines } from './nspawn';
export { QemuMachines } from './qemu';

/** What local machines can be: containers that boot (`nspawn`), or virtual machines (`qemu`), also with an older system. */
export const MACHINE_KINDS = ['nspawn', 'qemu', 'qemu-older'] as const;
export type MachineKind = (typeof MACHINE_KINDS)[number];

const KINDS = { nspawn: NspawnMachines, qemu: QemuMachines, 'qemu-older': OlderQemuMachines };

export const localMachines = (kind: MachineKind, options: MachineOptions): MachinesOnDisk =>
  new KINDS[kind](options);

/**
 * The kind that `LOCAL_MACHINES` names; default: nspawn.
 * @throws Error if it names another
 */
export function machineKind(named = process.env.LOCAL_MACHINES ?? ''): MachineKind {
  if (named === '') return 'nspawn';
  const kind = MACHINE_KINDS.find((one) => one === named);
  if (kind) return kind;
  throw new Error(`LOCAL_MACHINES is "${named}"; expected one of ${MACHINE_KINDS.join(', ')}`);
}
