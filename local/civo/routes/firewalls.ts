import { randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { isCidr } from '../addresses';
import type { Cloud } from '../cloud';
import { badRequest, conflict, notFound } from '../errors';
import { firewallUse } from '../usage';
import { requireQuota } from '../quota';
import { bodyOf, pathPart, regionOf, required, text } from '../requests';
import { allOpenRules } from '../new-account';
import type { Firewall, Rule } from '../store-schema';

const RuleBody = z.object({
  protocol: text,
  direction: text,
  action: text,
  cidr: z.array(z.string()).nullish(),
  ports: text,
  start_port: text,
  end_port: text,
  label: text,
});

const FirewallBody = z.object({
  name: required,
  network_id: text,
  create_rules: z.boolean().nullish(),
  rules: z.array(RuleBody).nullish(),
});

/** Firewalls and their rules, below `prefix` (`/v2` or `/v2/vpc`). */
export function firewallRoutes(app: FastifyInstance, cloud: Cloud, prefix: string): void {
  const { state, settings } = cloud;

  const list = (request: FastifyRequest) => {
    const region = regionOf(request, settings);
    return state.firewalls.filter((firewall) => firewall.region === region.code);
  };
  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'id');
    const firewall = list(request).find((candidate) => candidate.id === id);
    if (!firewall) throw notFound('database_firewall_not_found', `There is no firewall ${id}`);
    return firewall;
  };
  const view = (firewall: Firewall) => {
    const use = firewallUse(cloud, firewall.id);
    return {
      id: firewall.id,
      name: firewall.name,
      network_id: firewall.network_id,
      rules_count: firewall.rules.length,
      instance_count: use.instance,
      cluster_count: use.cluster,
      loadbalancer_count: use.loadbalancer,
      rules: firewall.rules.map((rule) => ({ ...rule, firewall_id: firewall.id })),
    };
  };

  const requireFreeName = (name: string) => {
    // In the whole account, not just the region: the provider finds a new firewall by its name.
    if (
      state.firewalls.some((firewall) => firewall.name === name && firewall.name !== 'Default (all open)')
    ) {
      throw conflict('database_firewall_duplicate_name', `There is a firewall ${name} already`);
    }
  };

  app.get(`${prefix}/firewalls`, (request) => list(request).map(view));

  app.get(`${prefix}/firewalls/:id`, (request) => view(find(request)));

  app.post(`${prefix}/firewalls`, (request) => {
    const body = bodyOf(request, FirewallBody);
    const region = regionOf(request, settings);
    const network = state.networks.find(
      (candidate) =>
        candidate.region === region.code &&
        (body.network_id === '' ? candidate.default : candidate.id === body.network_id),
    );
    if (!network) throw notFound('database_network_not_found', `There is no network ${body.network_id}`);
    requireFreeName(body.name);
    const given = (body.rules ?? []).map(ruleOf);
    // No `create_rules` at all means default rules.
    const rules = body.create_rules === false || given.length > 0 ? given : allOpenRules();
    requireQuota(cloud, { security_group: 1, security_group_rule: rules.length });
    const firewall: Firewall = {
      id: randomUUID(),
      region: region.code,
      network_id: network.id,
      name: body.name,
      // The provider makes this one with each network, unasked.
      networkDefault: body.name === `${network.label}-default`,
      rules,
    };
    state.firewalls.push(firewall);
    return { id: firewall.id, name: firewall.name, result: 'success' };
  });

  app.put(`${prefix}/firewalls/:id`, (request) => {
    const { name } = bodyOf(request, FirewallBody);
    const firewall = find(request);
    if (name !== firewall.name) requireFreeName(name);
    firewall.name = name;
    return { id: firewall.id, result: 'success' };
  });

  app.delete(`${prefix}/firewalls/:id`, (request) => {
    const firewall = find(request);
    const [kind] = Object.entries(firewallUse(cloud, firewall.id)).find(([, count]) => count > 0) ?? [];
    if (kind === 'loadbalancer') {
      throw conflict('database_firewall_used_by_loadbalancer', 'A load balancer uses the firewall');
    }
    if (kind) {
      throw conflict(
        `database_firewall_inuse_by_${kind}`,
        `Failed to delete the firewall as ${kind}(s) using`,
      );
    }
    state.firewalls = state.firewalls.filter((candidate) => candidate !== firewall);
    return { id: firewall.id, result: 'success' };
  });

  app.get(`${prefix}/firewalls/:id/rules`, (request) => view(find(request)).rules);

  app.post(`${prefix}/firewalls/:id/rules`, async (request) => {
    const firewall = find(request);
    const rule = ruleOf(bodyOf(request, RuleBody));
    requireQuota(cloud, { security_group_rule: 1 });
    firewall.rules.push(rule);
    await cloud.applyFirewall(firewall);
    return { ...rule, firewall_id: firewall.id };
  });

  app.delete(`${prefix}/firewalls/:id/rules/:rule`, async (request) => {
    const firewall = find(request);
    const id = pathPart(request, 'rule');
    const rule = firewall.rules.find((candidate) => candidate.id === id);
    if (!rule) throw notFound('database_firewall_rules_find', `There is no rule ${id} in ${firewall.name}`);
    firewall.rules = firewall.rules.filter((candidate) => candidate !== rule);
    await cloud.applyFirewall(firewall);
    return { id: rule.id, result: 'success' };
  });
}

const PROTOCOLS = ['tcp', 'udp', 'icmp'] as const;
const DIRECTIONS = ['ingress', 'egress'] as const;
const ACTIONS = ['allow', 'deny'] as const;

/** The rule that `body` asks for. `ports` and `label` come back exactly as given, or every plan shows a difference. */
function ruleOf(body: z.output<typeof RuleBody>): Rule {
  const protocol = oneOf(PROTOCOLS, 'protocol', body.protocol || 'tcp');
  const ports = body.ports || [...new Set([body.start_port, body.end_port])].filter(Boolean).join('-');
  if (protocol !== 'icmp') requirePorts(ports);
  const cidr = body.cidr ?? [];
  const wrong = cidr.find((network) => !isCidr(network));
  if (cidr.length === 0 || wrong !== undefined) {
    throw invalid(`cidr ${wrong ?? '(none)'} is not an IPv4 network in CIDR notation`);
  }
  const [start = '', end = start] = ports.split('-');
  return {
    id: randomUUID(),
    protocol,
    direction: oneOf(DIRECTIONS, 'direction', body.direction),
    action: oneOf(ACTIONS, 'action', body.action || 'allow'),
    cidr,
    ports,
    start_port: start,
    end_port: end,
    label: body.label,
  };
}

function requirePorts(ports: string): void {
  const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(ports);
  const first = Number(range?.[1]);
  const last = Number(range?.[2] ?? range?.[1]);
  if (!range || first < 1 || last > 65535 || first > last) {
    throw invalid(`ports ${ports === '' ? '(none)' : ports} is neither a port nor a range such as 80-443`);
  }
}

function oneOf<T extends string>(values: readonly T[], name: string, given: string): T {
  const value = values.find((candidate) => candidate === given);
  if (value === undefined) throw invalid(`${name} ${given} is none of ${values.join(', ')}`);
  return value;
}

const invalid = (reason: string) => badRequest('database_firewall_rules_invalid_params', reason);
