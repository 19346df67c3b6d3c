/** What becomes of reserved IPs: their addresses come, and they move, a while after the call. */
import type { Cloud } from './cloud';
import { conflict, notFound } from './errors';
import type { Instance, ReservedIp } from './store-schema';

/** Finishes, after a restart, what was under way. */
export function resumeReservedIps(cloud: Cloud): void {
  for (const ip of cloud.state.reservedIps) {
    if (!ip.allocated) allocate(cloud, ip);
    if (ip.changingTo !== undefined) change(cloud, ip, ip.changingTo);
  }
}

/** The reserved IP that `wanted` (id, name or address) means. */
export function reservedIpNamed(cloud: Cloud, region: string, wanted: string): ReservedIp {
  const ip = cloud.state.reservedIps.find(
    (candidate) =>
      candidate.region === region && [candidate.id, candidate.name, candidate.address].includes(wanted),
  );
  if (!ip) throw notFound('database_ip_find', `There is no reserved IP ${wanted}`);
  return ip;
}

/**
 * Moves `ip` to `instance`, or to none, at once, and informs the fabric. An instance loses the address that it had
 * before. [unproven: address-after-unassign] One that loses its reserved IP is left without any public address.
 */
export async function moveReservedIp(
  cloud: Cloud,
  ip: ReservedIp,
  instance: Instance | undefined,
): Promise<void> {
  const before = cloud.state.instances.find((candidate) => candidate.id === ip.assignedTo);
  if (before && before !== instance) {
    before.public_ip = '';
    await cloud.applyAddress(before.private_ip);
  }
  ip.assignedTo = instance?.id ?? null;
  if (instance) {
    instance.public_ip = ip.address;
    await cloud.applyAddress(instance.private_ip);
  }
}

/** @throws if the IP is another instance's, or the instance has one already: Civo has one for each. */
export function requireAssignable({ state }: Cloud, ip: ReservedIp, instance: Instance): void {
  const holder = ip.changingTo ?? ip.assignedTo;
  if (holder !== null && holder !== instance.id) {
    throw conflict(
      'database_cannot_move_ip',
      'The reserved IP is assigned to another instance: unassign it first',
    );
  }
  const other = state.reservedIps.find(
    (candidate) => candidate !== ip && (candidate.changingTo ?? candidate.assignedTo) === instance.id,
  );
  if (other) {
    throw conflict('database_cannot_move_ip', `The instance has the reserved IP ${other.name} already`);
  }
}

/** Returns the address after a while. */
export function allocate(cloud: Cloud, ip: ReservedIp): void {
  cloud.jobs.start(`ip ${ip.id}`, `reserved IP ${ip.name}`, async () => {
    await cloud.jobs.wait(cloud.settings.timings.reservedIpAllocation);
    ip.allocated = true;
    cloud.save();
  });
}

/** Assigns after a while. */
export function assign(cloud: Cloud, ip: ReservedIp, instance: Instance): void {
  change(cloud, ip, instance.id);
}

/** Unassigns after a while; one that isn't assigned is fine. */
export function unassign(cloud: Cloud, ip: ReservedIp): void {
  change(cloud, ip, null);
}

function change(cloud: Cloud, ip: ReservedIp, target: string | null): void {
  ip.changingTo = target;
  cloud.jobs.start(`ip ${ip.id}`, `reserved IP ${ip.name}`, async () => {
    await cloud.jobs.wait(cloud.settings.timings.reservedIpAction);
    const instance = cloud.state.instances.find((candidate) => candidate.id === target);
    await moveReservedIp(cloud, ip, instance);
    delete ip.changingTo;
    cloud.save();
  });
}
