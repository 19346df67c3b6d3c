/** Where things are put: their network, the firewall in front of them, their addresses. */
import { freeAddress, hostRange, inRange } from './addresses';
import type { Cloud } from './cloud';
import { badRequest, CivoError, notFound } from './errors';
import type { Network } from './store-schema';

/** The network `id`, or the region's default one. @throws a 404 */
export function networkFor({ state }: Cloud, region: string, id: string): Network {
  const network = state.networks.find(
    (candidate) => candidate.region === region && (id === '' ? candidate.default : candidate.id === id),
  );
  if (!network) throw notFound('database_network_not_found', `There is no network ${id}`);
  return network;
}

/**
 * The firewall `id` of `network`, or the network's own where none is named: so begins every instance, as the provider
 * sets its firewall only once it is ACTIVE. @throws `database_firewall_mismatch`
 */
export function firewallFor({ state }: Cloud, network: Network, id: string): string {
  const firewalls = state.firewalls.filter((firewall) => firewall.network_id === network.id);
  if (id === '') return firewalls.find((firewall) => firewall.networkDefault)?.id ?? '';
  if (!firewalls.some((firewall) => firewall.id === id)) {
    throw badRequest(
      'database_firewall_mismatch',
      `There is no firewall ${id} in the network ${network.label}`,
    );
  }
  return id;
}

/** A free private address of `network`, or the one that is wanted. */
export function privateAddress(cloud: Cloud, network: Network, wanted: string): string {
  const shared = cloud.settings.privateNetwork;
  const range = shared ?? hostRange(network.cidr);
  const { instances, databases } = cloud.state;
  const neighbour = (thing: { network_id: string }) =>
    shared !== undefined || thing.network_id === network.id;
  const used = new Set([
    ...instances.filter(neighbour).map((instance) => instance.private_ip),
    ...databases.filter(neighbour).map((database) => database.private_ipv4),
  ]);
  if (wanted !== '') {
    if (!inRange(wanted, range) || used.has(wanted)) {
      throw badRequest(
        'database_instance_create',
        `The private address ${wanted} is taken or outside of the network`,
      );
    }
    return wanted;
  }
  const address = freeAddress(range, used);
  if (address === undefined) throw new CivoError(503, 'out_of_capacity', 'No private address is left');
  return address;
}

/** A free public address. @throws `out_of_capacity` */
export function publicAddress(cloud: Cloud): string {
  const address = freeAddress(cloud.settings.addressPool, cloud.publicAddresses);
  if (address === undefined) throw new CivoError(503, 'out_of_capacity', 'No public address is left');
  return address;
}
