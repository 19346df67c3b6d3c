/** What becomes of volumes: each change takes a while, and is finished after a restart. */
import type { Cloud } from './cloud';
import type { Instance, Volume } from './store-schema';

export function resumeVolumes(cloud: Cloud): void {
  for (const volume of cloud.state.volumes) {
    if (volume.status === 'creating') create(cloud, volume);
    else if (volume.status === 'attaching') finishAttaching(cloud, volume);
    else if (volume.detaching) detach(cloud, volume);
  }
}

/** `creating`, then `available`. */
export function create(cloud: Cloud, volume: Volume): void {
  later(cloud, volume, cloud.settings.timings.volumeCreating, () => {
    volume.status = 'available';
  });
}

/** `attaching`, then `attached`. */
export function attach(cloud: Cloud, volume: Volume, instance: Instance): void {
  volume.status = 'attaching';
  volume.instance_id = instance.id;
  finishAttaching(cloud, volume);
}

/** `attached` for a while longer, then `available`. */
export function detach(cloud: Cloud, volume: Volume): void {
  volume.detaching = true;
  later(cloud, volume, cloud.settings.timings.volumeDetaching, () => {
    release(volume);
  });
}

/** [unproven: volumes-left-behind] An instance that goes leaves its volumes behind, available. */
export function releaseVolumes({ state }: Cloud, instance: Instance): void {
  for (const volume of state.volumes) if (volume.instance_id === instance.id) release(volume);
}

function release(volume: Volume): void {
  volume.status = 'available';
  volume.instance_id = '';
  delete volume.detaching;
}

function finishAttaching(cloud: Cloud, volume: Volume): void {
  later(cloud, volume, cloud.settings.timings.volumeAttaching, () => {
    if (volume.instance_id !== '') volume.status = 'attached';
  });
}

function later(cloud: Cloud, volume: Volume, ms: number, work: () => void): void {
  cloud.jobs.start(`volume ${volume.id}`, `volume ${volume.name}`, async () => {
    await cloud.jobs.wait(ms);
    work();
    cloud.save();
  });
}
