import * as civo from '@pulumi/civo';
import * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../settings';
import { FirewallRule, firewallRules } from '../network/firewall-rules';

export interface PerimeterArgs {
  /** IPv4 ranges that SSH and metrics are open to, such as `10.8.0.0/24`. */
  vpnCidrs: readonly string[];
  /** `wireguard`: SSH and metrics are also open to the VPN that the machine runs, and its port to everyone. Default: `own`. */
  vpn?: Settings['vpn'];
  /** Whether the port of the metrics is open to those ranges. Default: false. */
  metrics?: boolean;
  /** Ids of a network and a firewall to import. Default: both are made. */
  adopted?: { network?: string; firewall?: string };
}

/**
 * A network of its own, and the firewall around what runs in it.
 *
 * @example
 * ```ts
 * import { Perimeter } from 'mastodon-on-civo/components';
 *
 * const perimeter = new Perimeter('blog', { vpnCidrs: ['10.8.0.0/24'] });
 * export const { networkId, firewallId } = perimeter;
 * ```
 */
export class Perimeter extends pulumi.ComponentResource {
  /** Civo's id of the network. */
  readonly networkId: pulumi.Output<string>;
  /** Civo's id of the firewall. */
  readonly firewallId: pulumi.Output<string>;

  constructor(name: string, args: PerimeterArgs, opts?: pulumi.ComponentResourceOptions) {
    super('mastodon:civo:Perimeter', name, {}, opts);
    const { vpn = 'own', vpnCidrs, metrics = false, adopted } = args;
    const rules = firewallRules({ vpn, vpnCidrs, metrics });

    const network = new civo.Network(name, { label: name }, { parent: this, import: adopted?.network });
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
      { parent: this, import: adopted?.firewall },
    );

    this.networkId = network.id;
    this.firewallId = firewall.id;
    this.registerOutputs({ networkId: this.networkId, firewallId: this.firewallId });
  }
}

function civoRule({ label, protocol, ports, cidrs }: FirewallRule) {
  return { label, protocol, portRange: ports, cidrs: [...cidrs], action: 'allow' };
}
