import type { Backends, DnsZone, FirewallRule, InstanceSpec } from './backends';
import { sizeNamed } from './catalogue';
import { CivoError } from './errors';
import { Jobs, messageOf } from './jobs';
import { keepLedger } from './ledger';
import type { Settings } from './options';
import { allOpenRules } from './new-account';
import type { CloudState, Firewall, Instance } from './store-schema';
import type { Store } from './store';

/**
 * The local cloud: the state, and the calls that make the backends agree with it.
 *
 * `apply…` calls always carry what the state says at the moment they run, so it never matters in which order changes
 * came or which of them a restart cut short.
 */
export class Cloud {
  readonly jobs: Jobs;
  readonly state: CloudState;
  readonly backends: Backends;

  constructor(
    private readonly store: Store,
    readonly settings: Settings,
  ) {
    this.state = store.state;
    this.backends = settings.backends;
    this.jobs = new Jobs(settings.log);
  }

  save(): void {
    keepLedger(this.state);
    this.store.save();
  }

  now(): string {
    return new Date().toISOString();
  }

  /** Public addresses that are in use. */
  get publicAddresses(): Set<string> {
    return new Set([
      ...this.state.instances.map((instance) => instance.public_ip),
      ...this.state.reservedIps.map((ip) => ip.address),
      ...this.state.databases.map((database) => database.public_ipv4),
      ...this.state.clusters.map((cluster) => cluster.master_ip),
      ...this.state.loadBalancers.map((balancer) => balancer.public_ip),
    ]);
  }

  /** What the machine of `instance` is to be. */
  spec(instance: Instance): InstanceSpec {
    const size = sizeNamed(instance.size);
    const key = this.state.sshKeys.find((candidate) => candidate.id === instance.ssh_key_id);
    return {
      id: instance.id,
      hostname: instance.hostname,
      cpuCores: size.cpu_cores,
      ramMb: size.ram_mb,
      diskGb: size.disk_gb,
      image: instance.source_id,
      privateIp: instance.private_ip,
      initialUser: instance.initial_user,
      ...(key && { sshPublicKey: key.public_key }),
      script: instance.script,
    };
  }

  /** Firewall and public address of the machine with `privateIp`, outside of the machine. */
  async applyAddress(privateIp: string): Promise<void> {
    this.save();
    const { fabric } = this.backends;
    await this.jobs.run(`address ${privateIp}`, async () => {
      const instance = this.state.instances.find((candidate) => candidate.private_ip === privateIp);
      if (!instance) {
        await fabric.forget(privateIp);
        return;
      }
      // The rules first: an address must never be reachable under the rules of the one who had it before.
      const firewall = this.state.firewalls.find((candidate) => candidate.id === instance.firewall_id);
      await fabric.setFirewall(privateIp, enforcedRules(firewall));
      await fabric.setPublicAddress(privateIp, instance.public_ip === '' ? undefined : instance.public_ip);
    });
  }

  /** The rules of `firewall`, at every instance that has it. */
  async applyFirewall(firewall: Firewall): Promise<void> {
    const instances = this.state.instances.filter((instance) => instance.firewall_id === firewall.id);
    try {
      await Promise.all(instances.map((instance) => this.applyAddress(instance.private_ip)));
    } catch (error) {
      throw new CivoError(500, 'openstack_instance_set_firewall', messageOf(error));
    }
  }

  /** All domains and records. */
  async applyDns(): Promise<void> {
    this.save();
    await this.jobs.run('dns', () => this.backends.dns.publish(this.zones()));
  }

  private zones(): DnsZone[] {
    return this.state.dnsDomains.map((domain) => ({
      name: domain.name,
      records: domain.records.map(({ name, type, value, ttl, priority }) => ({
        name,
        type,
        value,
        ttl,
        ...(type === 'MX' || type === 'SRV' ? { priority } : {}),
      })),
    }));
  }
}

/**
 * What the fabric enforces. Without any firewall everything is open, as in a region's default firewall, whose list has
 * an ingress side only. [unproven: no-egress-rule] Every other firewall without egress rules lets nothing out.
 */
function enforcedRules(firewall: Firewall | undefined): FirewallRule[] {
  const rules =
    firewall === undefined
      ? allOpenRules()
      : firewall.name === 'Default (all open)'
        ? [...firewall.rules, ...allOpenRules().filter((rule) => rule.direction === 'egress')]
        : firewall.rules;
  return rules.map(({ direction, protocol, ports, cidr, action }) => ({
    direction,
    protocol,
    ports,
    cidr,
    action,
  }));
}
