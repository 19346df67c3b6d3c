import type { FastifyInstance } from 'fastify';

import { DISK_IMAGES, SIZES } from '../catalogue';
import type { Cloud } from '../cloud';
import { usage } from '../quota';

const SINCE = '2024-01-01T00:00:00Z';

/** Regions, sizes, disk images and the quota: what can only be read. */
export function catalogueRoutes(app: FastifyInstance, cloud: Cloud): void {
  app.get('/v2/regions', () =>
    cloud.settings.regions.map(({ objectStore, gpu, ...region }) => ({
      ...region,
      type: 'civostack',
      out_of_capacity: false,
      features: {
        iaas: true,
        kubernetes: true,
        object_store: objectStore,
        loadbalancer: true,
        gpu,
        dbaas: true,
        volume: true,
        paas: false,
        public_ip_node_pools: true,
      },
    })),
  );

  app.get('/v2/sizes', () =>
    SIZES.filter(({ name }) => !cloud.settings.withoutSizes.includes(name)).map((size) => ({
      ...{ ...size, gpu_count: 0, gpu_type: '', transfer_tb: 1, selectable: true },
    })),
  );

  app.get('/v2/disk_images', () =>
    DISK_IMAGES.map((image) => ({
      ...image,
      state: 'available',
      initial_user: 'civo',
      os: 'linux',
      description: '',
      label: image.distribution,
      created_at: SINCE,
      created_by: 'civo',
      distribution_default: false,
    })),
  );

  app.get('/v2/quota', () => {
    const used = usage(cloud);
    const names = Object.keys(used) as (keyof typeof used)[];
    return {
      id: cloud.state.accountId,
      default_user_id: cloud.state.accountId,
      default_user_email_address: 'owner@example.com',
      ...Object.fromEntries(
        names.flatMap((name) => [
          [`${name}_limit`, cloud.settings.quota[name]],
          [`${name}_usage`, used[name]],
        ]),
      ),
    };
  });
}
