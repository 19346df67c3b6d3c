import { randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { isCidr } from '../addresses';
import type { Cloud } from '../cloud';
import { badRequest, conflict, notFound } from '../errors';
import { networkUser } from '../usage';
import { requireQuota } from '../quota';
import { bodyOf, pathPart, regionOf, text } from '../requests';
import type { Network } from '../store-schema';

const NetworkBody = z.object({
  label: text,
  cidr_v4: text,
  nameservers_v4: z.array(z.string()).nullish(),
});

/** Networks, below `prefix` (`/v2` or `/v2/vpc`: two paths to the same objects). */
export function networkRoutes(app: FastifyInstance, cloud: Cloud, prefix: string): void {
  const { state, settings } = cloud;

  const list = (request: FastifyRequest) => {
    const region = regionOf(request, settings);
    return state.networks.filter((network) => network.region === region.code);
  };
  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'id');
    const network = list(request).find((candidate) => candidate.id === id);
    // This very code is what ends a network's deletion.
    if (!network) throw notFound('database_network_not_found', `There is no network ${id}`);
    return network;
  };

  app.get(`${prefix}/networks`, (request) => list(request).map(view));

  app.get(`${prefix}/networks/:id`, (request) => view(find(request)));

  app.post(`${prefix}/networks`, (request) => {
    const body = bodyOf(request, NetworkBody);
    const networks = list(request);
    requireLabel(body.label);
    requireFreeLabel(body.label, networks);
    if (body.cidr_v4 !== '' && !isCidr(body.cidr_v4)) {
      throw badRequest('database_network_create', `${body.cidr_v4} is not an IPv4 network in CIDR notation`);
    }
    requireQuota(cloud, { network_count: 1 });
    const network: Network = {
      id: randomUUID(),
      region: regionOf(request, settings).code,
      label: body.label,
      name: `cust-${state.accountId.slice(0, 8)}-${body.label}`,
      default: false,
      cidr: body.cidr_v4 || settings.privateNetwork?.cidr || nextCidr(networks),
      nameservers_v4: body.nameservers_v4 ?? ['8.8.8.8', '1.1.1.1'],
    };
    state.networks.push(network);
    return { id: network.id, label: network.label, result: 'success' };
  });

  app.put(`${prefix}/networks/:id`, (request) => {
    const body = bodyOf(request, NetworkBody);
    const network = find(request);
    // A rename leaves the name servers out, and the other way round: empty means unchanged.
    if (body.label !== '' && body.label !== network.label) {
      requireLabel(body.label);
      requireFreeLabel(body.label, list(request));
      network.label = body.label;
    }
    if (body.nameservers_v4 && body.nameservers_v4.length > 0) network.nameservers_v4 = body.nameservers_v4;
    return { id: network.id, label: network.label, result: 'success' };
  });

  app.delete(`${prefix}/networks/:id`, (request) => {
    const network = find(request);
    if (network.default) throw conflict('network_delete_default', 'The default network cannot be deleted');
    const within = (thing: { network_id: string }) => thing.network_id === network.id;
    const kind = networkUser(cloud, network.id);
    if (kind) {
      throw conflict(
        `database_network_inuse_by_${kind}`,
        `Failed to delete the network as ${kind === 'volumes' ? 'volume' : kind}(s) using it`,
      );
    }
    // [unproven: network-with-firewalls] Only the firewall that came with it leaves with it; others have to be deleted first.
    if (state.firewalls.some((firewall) => within(firewall) && !firewall.networkDefault)) {
      throw conflict(
        'database_network_inuse_by_firewall',
        'Failed to delete the network as firewall(s) using it',
      );
    }
    state.firewalls = state.firewalls.filter((firewall) => !within(firewall));
    // At once: the provider deletes again on each poll, and a "not found" to that would fail it.
    state.networks = state.networks.filter((candidate) => candidate !== network);
    return { id: network.id, result: 'success' };
  });
}

function view(network: Network) {
  return { ...network, status: 'Active', ipv4_enabled: true, ipv6_enabled: false };
}

function requireLabel(label: string): void {
  if (!/^\S+$/.test(label))
    throw badRequest('parameter_label_invalid', 'The label is empty or has white space');
}

function requireFreeLabel(label: string, networks: Network[]): void {
  if (networks.some((network) => network.label === label)) {
    throw conflict('database_network_duplicate_name', `There is a network ${label} already`);
  }
}

function nextCidr(networks: Network[]): string {
  const used = new Set(networks.map((network) => network.cidr));
  for (let third = 1; third < 255; third += 1) {
    const cidr = `192.168.${String(third)}.0/24`;
    if (!used.has(cidr)) return cidr;
  }
  throw badRequest('database_network_create', 'No CIDR is left');
}
