import type { Cloud } from './cloud';
import { sizeNamed } from './cloud';
import { CivoError } from './errors';
import type { QuotaLimits } from './options';

/** What the account uses, over all regions. */
export function usage({ state }: Cloud): QuotaLimits {
  const sizes = state.instances.map((instance) => sizeNamed(instance.resizingTo ?? instance.size));
  const dynamic = state.instances.filter(
    (instance) =>
      instance.public_ip !== '' && !state.reservedIps.some((ip) => ip.address === instance.public_ip),
  );
  return {
    instance_count: state.instances.length,
    cpu_core: sum(sizes.map((size) => size.cpu_cores)),
    ram_mb: sum(sizes.map((size) => size.ram_mb)),
    disk_gb: sum(sizes.map((size) => size.disk_gb)),
    public_ip_address: dynamic.length + state.reservedIps.length,
    // Each region's default network and firewall come with the account.
    network_count: state.networks.filter((network) => !network.default).length,
    security_group: state.firewalls.length - state.networks.filter((network) => network.default).length,
    security_group_rule: sum(state.firewalls.map((firewall) => firewall.rules.length)),
    objectstore_gb: sum(state.objectStores.map((store) => store.max_size)),
  };
}

/**
 * @param more what is about to be used on top
 * @throws `quota_limit_reached`, with a line for each limit that would be passed. [unproven] Its HTTP status.
 */
export function requireQuota(cloud: Cloud, more: Partial<QuotaLimits>): void {
  const used = usage(cloud);
  const { quota } = cloud.settings;
  const missing = (Object.keys(more) as (keyof QuotaLimits)[])
    .filter((name) => used[name] + (more[name] ?? 0) > quota[name])
    .map(
      (name) =>
        `${name}: ${String(used[name])} of ${String(quota[name])} used, ${String(more[name])} more asked for`,
    );
  if (missing.length > 0) throw new CivoError(403, 'quota_limit_reached', missing.join('\n'));
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
