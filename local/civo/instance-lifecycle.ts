/** An instance's states, and the machine behind each. A machine that fails makes its instance FAILED, never the API. */
import type { Cloud } from './cloud';
import { conflict } from './errors';
import { linger } from './usage';
import { messageOf } from './jobs';
import { moveReservedIp } from './reserved-ips';
import type { Instance, InstanceStatus } from './store-schema';
import { releaseVolumes } from './volumes';

/** BUILDING until the machine is powered on, then ACTIVE. */
export function build(cloud: Cloud, instance: Instance): void {
  instance.status = 'BUILDING';
  enter(cloud, instance, 'ACTIVE', async () => {
    // Network first: until a firewall is set, the instance has its network's default one, and that is all open.
    await cloud.applyAddress(instance.private_ip);
    await Promise.all([
      cloud.backends.machines.create(cloud.spec(instance)),
      cloud.jobs.wait(cloud.settings.timings.instanceBuilding),
    ]);
  });
}

/** REBOOTING until it runs again. */
export function reboot(cloud: Cloud, instance: Instance): void {
  instance.status = 'REBOOTING';
  enter(cloud, instance, 'ACTIVE', async () => {
    await cloud.backends.machines.reboot(instance.id);
    await cloud.jobs.wait(cloud.settings.timings.instanceRebooting);
  });
}

/** REBOOTING until it runs with the figures of its new size. */
export function resize(cloud: Cloud, instance: Instance, size: string): void {
  instance.status = 'REBOOTING';
  instance.resizingTo = size;
  enter(cloud, instance, 'ACTIVE', async () => {
    await cloud.backends.machines.resize(cloud.spec({ ...instance, size }));
    await cloud.jobs.wait(cloud.settings.timings.instanceRebooting);
    instance.size = size;
    delete instance.resizingTo;
  });
}

/** No state is known for the way down: ACTIVE until it is off, then SHUTOFF. */
export function stop(cloud: Cloud, instance: Instance): void {
  enter(cloud, instance, 'SHUTOFF', () => cloud.backends.machines.stop(instance.id));
}

/** SHUTOFF until it is on, then ACTIVE. */
export function start(cloud: Cloud, instance: Instance): void {
  enter(cloud, instance, 'ACTIVE', () => cloud.backends.machines.start(instance.id));
}

/** DELETING until the machine is gone. Firewall and network count the instance for a while longer. */
export function remove(cloud: Cloud, instance: Instance): void {
  instance.status = 'DELETING';
  const { state, backends, jobs, settings } = cloud;
  jobs.start(jobKey(instance), `instance ${instance.hostname}`, async () => {
    await Promise.all([backends.machines.remove(instance.id), jobs.wait(settings.timings.instanceDeleting)]);
    for (const ip of state.reservedIps) {
      if (ip.assignedTo === instance.id) await moveReservedIp(cloud, ip, undefined);
    }
    releaseVolumes(cloud, instance);
    state.instances = state.instances.filter((candidate) => candidate !== instance);
    linger(cloud, 'instance', instance);
    await cloud.applyAddress(instance.private_ip);
  });
}

/** Finishes, after a restart, what was under way, and powers on whatever should run. */
export function resumeInstances(cloud: Cloud): void {
  for (const instance of cloud.state.instances) {
    switch (instance.status) {
      case 'BUILDING':
        build(cloud, instance);
        break;
      case 'ACTIVE':
        // Making a machine that is there only powers it on, which a restart of the host may have undone.
        powerOn(cloud, instance);
        break;
      case 'REBOOTING':
        if (instance.resizingTo === undefined) reboot(cloud, instance);
        else resize(cloud, instance, instance.resizingTo);
        break;
      case 'DELETING':
        remove(cloud, instance);
        break;
      case 'SHUTOFF':
      case 'FAILED':
        break;
    }
  }
}

function powerOn(cloud: Cloud, instance: Instance): void {
  enter(cloud, instance, 'ACTIVE', () => cloud.backends.machines.create(cloud.spec(instance)));
}

/** Does `work`, then gives the instance the status `next`, unless it is being deleted by then. */
function enter(cloud: Cloud, instance: Instance, next: InstanceStatus, work: () => Promise<void>): void {
  cloud.jobs.start(jobKey(instance), `instance ${instance.hostname}`, async () => {
    if (isDeleting(instance)) return;
    try {
      await work();
      if (!isDeleting(instance)) instance.status = next;
    } catch (error) {
      // Closing the API ends waits: that is no failure of the machine, and the next start resumes the work.
      if (!isDeleting(instance) && !cloud.jobs.closed) instance.status = 'FAILED';
      throw new Error(`${next} was not reached: ${messageOf(error)}`);
    } finally {
      cloud.save();
    }
  });
}

/** @throws unless nothing is under way: only then can an instance be resized, rebooted, given a volume. */
export function requireSettled(instance: Instance): void {
  if (instance.status !== 'ACTIVE' && instance.status !== 'SHUTOFF') {
    throw conflict(
      'instance_state_must_be_active_or_shutoff',
      `The instance is ${instance.status}: it must be ACTIVE or SHUTOFF`,
    );
  }
}

/** A function, as the status changes while jobs wait, which the type checker can't know. */
const isDeleting = (instance: Instance) => instance.status === 'DELETING';

const jobKey = (instance: Instance) => `instance ${instance.id}`;
