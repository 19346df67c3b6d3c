import * as civo from '@pulumi/civo';
import * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../settings';
import { FirewallRule, firewallRules } from '../settings/firewallRules';

export interface PerimeterArgs {
  /** What SSH and metrics are open to. */
  settings: Pick<Settings, 'vpn' | 'vpnCidrs' | 'metrics'>;
  /** Ids of a network and a firewall that are there already, to be taken over. Default: both are made. */
  adopted?: { network?: string; firewall?: string };
}

/** A network of its own, and the firewall around what runs in it. */
export class Perimeter extends pulumi.ComponentResource {
  readonly networkId: pulumi.Output<string>;
  readonly firewallId: pulumi.Output<string>;

  constructor(name: string, args: PerimeterArgs, opts?: pulumi.ComponentResourceOptions) {
    super('mastodon:civo:Perimeter', name, {}, opts);
    const rules = firewallRules(args.settings);

    const network = new civo.Network(name, { label: name }, { parent: this, import: args.adopted?.network });
    const firewall = new civo.Firewall(
      name,
      {
        name,
        networkId: network.id,
        // Civo's default rules open every port.
        createDefaultRules: false,
        ingressRules: rules.filter((rule) => rule.direction === 'ingress').map(civoRule),
        egressRules: rules.filter((rule) => rule.direction === 'egress').map(civoRule),
      },
      { parent: this, import: args.adopted?.firewall },
    );

    this.networkId = network.id;
    this.firewallId = firewall.id;
    this.registerOutputs({ networkId: this.networkId, firewallId: this.firewallId });
  }
}

function civoRule({ label, protocol, ports, cidrs }: FirewallRule) {
  return { label, protocol, portRange: ports, cidrs: [...cidrs], action: 'allow' };
}
