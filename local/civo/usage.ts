/** What keeps a network or a firewall from being deleted, a while longer than it is there. */
import type { Cloud } from './cloud';
import type { User, UserKind } from './store-schema';

/** Kinds that use firewalls and networks, in the order in which Civo names them in its conflicts. */
function users(cloud: Cloud): Record<UserKind, readonly User[]> {
  const { state } = cloud;
  const gone = ghosts(cloud);
  const counted = (kind: UserKind, there: readonly User[]) => [
    ...there,
    ...gone.filter((ghost) => ghost.kind === kind),
  ];
  return {
    instance: counted('instance', state.instances),
    cluster: counted('cluster', state.clusters),
    loadbalancer: counted('loadbalancer', state.loadBalancers),
    database: counted('database', state.databases),
    volumes: counted('volumes', state.volumes),
    subnet: counted('subnet', state.subnets),
  };
}

/** Those that are gone but still counted. */
function ghosts({ state }: Cloud) {
  state.ghosts = state.ghosts.filter((ghost) => ghost.until > Date.now());
  return state.ghosts;
}

/** Makes firewall and network count `user`, which is gone, for a while. */
export function linger({ state, settings }: Cloud, kind: UserKind, user: User): void {
  state.ghosts.push({
    kind,
    network_id: user.network_id,
    ...(user.firewall_id !== undefined && { firewall_id: user.firewall_id }),
    until: Date.now() + settings.timings.inUseLag,
  });
}

/** How many of each kind use the firewall. */
export function firewallUse(cloud: Cloud, id: string): Record<UserKind, number> {
  const counts = Object.entries(users(cloud)).map(([kind, all]) => [
    kind,
    all.filter((user) => user.firewall_id === id).length,
  ]);
  return Object.fromEntries(counts) as Record<UserKind, number>;
}

/** The first kind that the network still holds, if any. */
export function networkUser(cloud: Cloud, id: string): UserKind | undefined {
  const held = Object.entries(users(cloud)).find(([, all]) => all.some((user) => user.network_id === id));
  return held?.[0] as UserKind | undefined;
}
