import * as pulumi from '@pulumi/pulumi';
import * as tls from '@pulumi/tls';
import { peerAddresses, WIREGUARD } from '../network/wireguard';
import { type WireguardKeys, wireguardKeys } from './wireguard-keys';

export interface VpnArgs {
  /** Names of the people, each of whom has a peer. */
  people: readonly string[];
  /** The machine's public address. */
  ip: pulumi.Input<string>;
}

/**
 * The WireGuard keys of the machine and of each administrator, and the configuration of each side.
 *
 * @example
 * ```ts
 * import { Vpn } from 'mastodon-on-civo/components';
 *
 * const vpn = new Vpn('blog', { people: ['alice', 'bob'], ip: '203.0.113.7' });
 * export const { configurations } = vpn;
 * ```
 */
export class Vpn extends pulumi.ComponentResource {
  /** The machine's private key. Secret. */
  readonly privateKey: pulumi.Output<string>;
  /** The `[Peer]` sections of the machine's configuration. */
  readonly peers: pulumi.Output<string>;
  /** For each person the file that `wg-quick up` takes. Secret. */
  readonly configurations: pulumi.Output<Record<string, string>>;

  constructor(
    private readonly name: string,
    args: VpnArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('mastodon:civo:Vpn', name, {}, opts);
    const machine = this.key(`${this.name}-wireguard-key`);
    const people = [...peerAddresses(args.people)].map(([person, address]) =>
      this.key(`${this.name}-${person}-wireguard-key`).apply((keys) => ({ person, address, ...keys })),
    );

    this.privateKey = machine.privateKey;
    this.peers = pulumi.all(people).apply((all) => all.map(machinePeer).join('\n'));
    this.configurations = pulumi.secret(
      pulumi
        .all([machine.publicKey, args.ip, pulumi.all(people)])
        .apply(([publicKey, ip, all]) =>
          Object.fromEntries(all.map((one) => [one.person, configuration(one, publicKey, ip)])),
        ),
    );
    this.registerOutputs({
      privateKey: this.privateKey,
      peers: this.peers,
      configurations: this.configurations,
    });
  }

  /** Not protected: a lost one is replaced by a new one, and a person who leaves takes theirs along. */
  private key(name: string): pulumi.Output<WireguardKeys> {
    const key = new tls.PrivateKey(name, { algorithm: 'ED25519' }, { parent: this });
    return key.privateKeyPem.apply(wireguardKeys);
  }
}

interface Peer extends WireguardKeys {
  readonly person: string;
  readonly address: string;
}

function machinePeer({ person, address, publicKey }: Peer): string {
  return `
# ${person}
[Peer]
PublicKey = ${publicKey}
AllowedIPs = ${address}/32`;
}

function configuration({ address, privateKey }: Peer, machineKey: string, ip: string): string {
  return `[Interface]
Address = ${address}/32
PrivateKey = ${privateKey}

[Peer]
PublicKey = ${machineKey}
AllowedIPs = ${WIREGUARD.machine}/32
Endpoint = ${ip}:${WIREGUARD.port}
PersistentKeepalive = 25
`;
}
