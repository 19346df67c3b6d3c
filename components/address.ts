import * as civo from '@pulumi/civo';
import * as pulumi from '@pulumi/pulumi';
import type { LivingObjects } from '../settings/types';
import { addressRecords, DnsRecord } from './addressRecords';

export interface AddressArgs {
  /** The names that lead to the machine; the first is the zone. */
  domain: string;
  webDomain: string;
  mediaDomain: string;
  /** `civo`: the zone and its records are made here. `external`: the records are only reported. */
  dns: 'civo' | 'external';
  instanceId: pulumi.Input<string>;
  /** What must exist before the machine gets the address. */
  after: readonly pulumi.Resource[];
  /** Whether address and zone outlive mistakes: others have them in their DNS and their blocklists. */
  keep: boolean;
  /** What is there already, to be taken over: see the setting `adopted`. Default: all is made. */
  adopted?: LivingObjects;
}

/** A public address that outlives the machine, and the names that lead to it. */
export class Address extends pulumi.ComponentResource {
  readonly ip: pulumi.Output<string>;
  /** The records that lead to the machine, on any name server. */
  readonly records: pulumi.Output<readonly DnsRecord[]>;
  /** Civo's ids, for a recovery; a zone only where it is at Civo. */
  readonly reservedIpId: pulumi.Output<string>;
  readonly zoneId?: pulumi.Output<string>;
  /** What must exist before the machine can be reached by its address and names. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: AddressArgs, opts?: pulumi.ComponentResourceOptions) {
    super('mastodon:civo:Address', name, {}, opts);
    const kept = { parent: this, protect: args.keep, retainOnDelete: args.keep };

    const reserved = new civo.ReservedIp(name, { name }, { ...kept, import: args.adopted?.reservedIp });
    const assignment = new civo.InstanceReservedIpAssignment(
      name,
      { instanceId: args.instanceId, reservedIpId: reserved.id },
      // An address belongs to one machine at a time.
      { parent: this, deleteBeforeReplace: true, dependsOn: [...args.after] },
    );
    this.ip = reserved.ip;
    this.reservedIpId = reserved.id;
    this.records = reserved.ip.apply((ip) => addressRecords(args, ip));
    this.ready = [assignment];
    if (args.dns === 'civo') {
      const zone = new civo.DnsDomainName(
        args.domain,
        { name: args.domain },
        { ...kept, import: args.adopted?.zone },
      );
      this.zoneId = zone.id;
      this.ready = [assignment, ...this.serveRecords(args, zone.id)];
    }
    this.registerOutputs({ ip: this.ip });
  }

  private serveRecords(args: AddressArgs, domainId: pulumi.Input<string>): pulumi.Resource[] {
    return addressRecords(args, this.ip).map(
      ({ name, host, type, value }) =>
        new civo.DnsDomainRecord(
          host,
          { domainId, name, type, value, ttl: 600 },
          { parent: this, deleteBeforeReplace: true, import: args.adopted?.records?.[host] },
        ),
    );
  }
}
