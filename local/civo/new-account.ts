/** What an account has before anything is made in it. */
import { randomUUID } from 'node:crypto';
import type { Region } from './catalogue';
import type { CloudState, Network, Rule } from './store-schema';

/** A new account: each region has its default network with an all-open firewall, as on Civo. */
export function newState(regions: readonly Region[]): CloudState {
  const state: CloudState = {
    version: 2,
    accountId: randomUUID(),
    networks: [],
    firewalls: [],
    sshKeys: [],
    instances: [],
    ghosts: [],
    ledger: [],
    reservedIps: [],
    dnsDomains: [],
    objectStores: [],
    objectStoreCredentials: [],
    volumes: [],
    subnets: [],
    databases: [],
    clusters: [],
    loadBalancers: [],
  };
  for (const { code } of regions) {
    const network: Network = {
      id: randomUUID(),
      region: code,
      label: 'Default',
      name: `cust-default-${state.accountId.slice(0, 8)}-${code.toLowerCase()}`,
      default: true,
      cidr: '192.168.1.0/24',
      nameservers_v4: ['8.8.8.8', '1.1.1.1'],
    };
    state.networks.push(network);
    state.firewalls.push({
      id: randomUUID(),
      region: code,
      network_id: network.id,
      name: 'Default (all open)',
      networkDefault: true,
      // Three rules, the ingress side, in Civo's own count (docs, networking/firewalls).
      rules: allOpenRules().filter((rule) => rule.direction === 'ingress'),
    });
  }
  return state;
}

/** A firewall's default rules. [unproven: default-rules] The exact six are known from public programs only. */
export function allOpenRules(): Rule[] {
  return (['ingress', 'egress'] as const).flatMap((direction) => {
    const base = { direction, action: 'allow' as const, cidr: ['0.0.0.0/0'] };
    const all = { ports: '1-65535', start_port: '1', end_port: '65535' };
    const none = { ports: '', start_port: '', end_port: '' };
    return [
      { ...base, ...all, id: randomUUID(), protocol: 'tcp' as const, label: 'All TCP ports open' },
      { ...base, ...all, id: randomUUID(), protocol: 'udp' as const, label: 'All UDP ports open' },
      { ...base, ...none, id: randomUUID(), protocol: 'icmp' as const, label: 'Ping/traceroute' },
    ];
  });
}
