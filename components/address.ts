import * as civo from '@pulumi/civo';
import * as pulumi from '@pulumi/pulumi';
import type { AdoptedObjects } from '../settings/types';
import { addressRecords, DnsRecord } from '../network/address-records';

export interface AddressArgs {
  /** Domain of the accounts' names, and the name of the zone. */
  domain: string;
  /** Host name of the web site. */
  webDomain: string;
  /** Host name that serves media. */
  mediaDomain: string;
  /** `elsewhere`: another site is at the domain, which gets no record. Default: `here`. */
  apex?: 'here' | 'elsewhere';
  /** `civo`: the zone and its records are made here. `external`: the records are only reported. */
  dns: 'civo' | 'external';
  /** Civo's id of the machine. */
  instanceId: pulumi.Input<string>;
  /** What must exist before the machine gets the address, such as {@link Machine.ready}. Default: the machine alone. */
  after?: readonly pulumi.Resource[];
  /** Whether address and zone outlive mistakes: others have them in their DNS and their blocklists. */
  keep: boolean;
  /** Ids of the reserved IP, the zone and the records (by host name) to import. Default: all are made. */
  adopted?: Pick<AdoptedObjects, 'reservedIp' | 'zone' | 'records'>;
}

/**
 * A public address that outlives the machine, and the names that lead to it.
 *
 * @example
 * ```ts
 * import { Address } from 'mastodon-on-civo/components';
 *
 * const address = new Address('blog', {
 *   domain: 'blog.example',
 *   webDomain: 'blog.example',
 *   mediaDomain: 'files.blog.example',
 *   dns: 'civo',
 *   instanceId: '69a23478-a89e-41d2-97b1-6f4c341cee70',
 *   keep: true,
 * });
 * export const { ip, records } = address;
 * ```
 */
export class Address extends pulumi.ComponentResource {
  /** The address. */
  readonly ip: pulumi.Output<string>;
  /** The records that lead to the machine, on any name server. */
  readonly records: pulumi.Output<readonly DnsRecord[]>;
  /** Civo's id of the reserved IP. */
  readonly reservedIpId: pulumi.Output<string>;
  /** Civo's id of the zone, with `dns: civo`. */
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
      { parent: this, deleteBeforeReplace: true, dependsOn: [...(args.after ?? [])] },
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
    this.registerOutputs({
      ip: this.ip,
      records: this.records,
      reservedIpId: this.reservedIpId,
      zoneId: this.zoneId,
    });
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
