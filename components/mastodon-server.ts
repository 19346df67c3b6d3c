import * as civo from '@pulumi/civo';
import * as pulumi from '@pulumi/pulumi';
import { handoverFiles, userData } from '../cloud-init/bundle';
import type { BundleFile } from '../cloud-init/template';
import { type Giving, OUTPUTS_VERSION, type ServerOutputs } from './outputs';
import type { Settings } from '../settings';
import { environmentOf } from '../settings/variables-of-settings';
import { sshRanges } from '../network/firewall-rules';
import { WIREGUARD } from '../network/wireguard';
import { Address } from './address';
import { civoGuards } from './civo/guards';
import { AppliedCommunity, overridesFrom } from './community/apply';
import { Decisions } from './community/decisions';
import type { Read } from '../community-files/read';
import { Convergence } from './convergence';
import { Machine } from './machine';
import { ObjectStorage } from './object-storage';
import { Perimeter } from './perimeter';
import { Secrets } from './secrets';
import { Vpn } from './vpn';

export interface MastodonServerArgs {
  /** Valid settings, as `readSettings` reads them. */
  settings: Settings;
  /** The community, as `communityOf` reads it. Default: the web interface decides. */
  community?: Read;
}

/** What a server consists of. */
interface Parts {
  readonly secrets: Secrets;
  readonly media: ObjectStorage;
  readonly backups: ObjectStorage;
  readonly perimeter: Perimeter;
  readonly machine: Machine;
  readonly address: Address;
  readonly vpn?: Vpn;
}

/**
 * A Mastodon server on Civo, whole: the stores of its data, the machine, its address, and what runs on it.
 *
 * @example
 * ```ts
 * import * as pulumi from '@pulumi/pulumi';
 * import { communityOf, MastodonServer, readSettings } from 'mastodon-on-civo/components';
 *
 * const settings = readSettings(new pulumi.Config('mastodon-on-civo'));
 * const server = new MastodonServer('social', { settings, community: communityOf(settings) });
 * export const { url } = server.outputs;
 * ```
 */
export class MastodonServer extends pulumi.ComponentResource {
  /** The stack's outputs, for people and other stacks. */
  readonly outputs: Giving<ServerOutputs>;

  /** Resources of two regions in one provider process get into each other's way, so each server has a provider. */
  private readonly provider: civo.Provider;

  /** @param name  names everything at Civo, so no other server of the account may have it; it can't change later */
  constructor(
    private readonly name: string,
    private readonly args: MastodonServerArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { settings, community } = args;
    const account = { region: settings.region, endpoint: settings.apiEndpoint };
    const guards = civoGuards(name, account, settings.adopted?.from === 'kit');
    super('mastodon:civo:MastodonServer', name, {}, { ...opts, transformations: [guards] });

    this.provider = this.createProvider();
    const secrets = this.createSecrets();
    const media = this.createMediaStorage();
    const backups = this.createBackupStorage();
    const perimeter = this.createPerimeter();
    const machine = this.createMachine(perimeter, secrets);
    const address = this.createAddress(machine);
    const vpn = settings.vpn === 'wireguard' ? this.createVpn(address) : undefined;
    const parts = { secrets, media, backups, perimeter, machine, address, vpn };
    const convergence = settings.converge ? this.createConvergence(parts) : undefined;
    if (community) this.createCommunity(community, machine, convergence);

    if (settings.dns === 'external') reportRecords(address, settings.domain);
    this.outputs = this.outputsOf(parts, convergence);
    this.registerOutputs({ outputs: this.outputs });
  }

  private createProvider(): civo.Provider {
    const { region, apiEndpoint } = this.args.settings;
    return new civo.Provider(
      `${this.name}-civo`,
      { region, apiEndpoint },
      { parent: this, aliases: atTopLevel('civo') },
    );
  }

  private createSecrets(): Secrets {
    const { protect, adopted } = this.args.settings;
    return new Secrets(
      `${this.name}-secrets`,
      { keep: protect, adopted: adopted?.secrets },
      { parent: this, aliases: atTopLevel('secrets') },
    );
  }

  private createMediaStorage(): ObjectStorage {
    const { mediaGb, protect } = this.args.settings;
    const { mediaStore: store, mediaCredential: credential } = this.existing;
    const args = { sizeGb: mediaGb, keep: protect, adopted: { store, credential } };
    return new ObjectStorage(`${this.name}-media`, args, this.atCivo);
  }

  private createBackupStorage(): ObjectStorage {
    const { backupGb, protect } = this.args.settings;
    const { backupStore: store, backupCredential: credential } = this.existing;
    const args = { sizeGb: backupGb, keep: protect, adopted: { store, credential } };
    return new ObjectStorage(`${this.name}-backups`, args, this.atCivo);
  }

  private createPerimeter(): Perimeter {
    const { vpn, vpnCidrs, metrics } = this.args.settings;
    return new Perimeter(this.name, { vpn, vpnCidrs, metrics, adopted: this.existing }, this.atCivo);
  }

  private createMachine({ networkId, firewallId }: Perimeter, { deployKey, hostKey }: Secrets): Machine {
    const { settings } = this.args;
    const { size, image, region, generation, vpnCidrs, converge } = settings;
    return new Machine(
      this.name,
      {
        size,
        image,
        region,
        generation,
        networkId,
        firewallId,
        deployKey,
        hostPublicKey: hostKey.publicKeyOpenssh,
        script: (deployPublicKey, bootHostKey) => userData(settings, deployPublicKey, bootHostKey),
        // Without those of the server's own VPN: a new machine has no keys of it yet.
        sshCidrs: vpnCidrs,
        awaitFirstBoot: converge,
        adopted: this.existing,
      },
      this.atCivo,
    );
  }

  private createAddress({ instanceId, ready }: Machine): Address {
    const { domain, webDomain, mediaDomain, apex, dns, protect } = this.args.settings;
    const args = { domain, webDomain, mediaDomain, apex, dns, instanceId, after: ready, keep: protect };
    return new Address(this.name, { ...args, adopted: this.existing }, this.atCivo);
  }

  private createVpn({ ip }: Address): Vpn {
    const people = this.args.settings.administrators.map(({ name }) => name);
    return new Vpn(this.name, { people, ip }, { parent: this });
  }

  private createConvergence(parts: Parts): Convergence {
    const { settings } = this.args;
    const { address, machine, secrets } = parts;
    return new Convergence(
      this.name,
      {
        settings,
        files: this.filesFor(parts),
        instanceId: machine.instanceId,
        webDomain: settings.webDomain,
        trust: settings.acme.trust,
        ip: address.ip,
        sshAddress: this.sshAddress(parts),
        sshCidrs: sshRanges(settings),
        deployKey: secrets.deployKey,
        hostKey: secrets.hostKey,
        bootHostKey: machine.bootHostKey,
      },
      { parent: this, aliases: atTopLevel(), dependsOn: [...address.ready] },
    );
  }

  private createCommunity(read: Read, { instanceId }: Machine, convergence?: Convergence): void {
    const decisions = new Decisions(this.name, read, { parent: this });
    if (!convergence) return;
    const { connection } = convergence;
    const args = { community: read.community, take: overridesFrom(process.env), instanceId, connection };
    new AppliedCommunity(this.name, { ...args, after: [convergence, decisions] }, { parent: this });
  }

  /** The files that the machine converges to, secrets included. */
  private filesFor({ secrets, media, backups, address, vpn }: Parts): pulumi.Output<readonly BundleFile[]> {
    const { settings } = this.args;
    const values = pulumi.output({
      ...secrets.delivered,
      publicAddress: address.ip,
      smtpPassword: settings.smtp.password,
      environment: { ...environmentOf(settings), ...settings.mastodon.extraEnvironment },
      secondarySecretKey: settings.backup.secondary?.secretAccessKey ?? '',
      mediaEndpoint: media.endpoint,
      mediaBucket: media.bucket,
      mediaAccessKey: media.accessKeyId,
      mediaSecretKey: media.secretAccessKey,
      backupEndpoint: backups.endpoint,
      backupBucket: backups.bucket,
      backupAccessKey: backups.accessKeyId,
      backupSecretKey: backups.secretAccessKey,
      vpnPrivateKey: vpn?.privateKey ?? '',
      vpnPeers: vpn?.peers ?? '',
    });
    return pulumi
      .all([secrets.deployKey.publicKeyOpenssh, values])
      .apply(([deployPublicKey, all]) => handoverFiles(settings, deployPublicKey, all));
  }

  private outputsOf(parts: Parts, convergence?: Convergence): Giving<ServerOutputs> {
    const { settings } = this.args;
    const { secrets, media, backups, perimeter, machine, address, vpn } = parts;
    const [owner] = settings.administrators;
    const sshAddress = this.sshAddress(parts);
    return {
      outputsVersion: OUTPUTS_VERSION,
      url: `https://${settings.webDomain}`,
      publicAddress: address.ip,
      networkId: perimeter.networkId,
      firewallId: perimeter.firewallId,
      instanceId: machine.instanceId,
      buckets: {
        media: { name: media.bucket, endpoint: media.endpoint },
        backups: { name: backups.bucket, endpoint: backups.endpoint },
      },
      dnsRecords: address.records,
      sshHostKey: secrets.hostKey.publicKeyOpenssh.apply((key) => key.trim()),
      sshAddress,
      sshCommands: sshAddress.apply((ip) =>
        Object.fromEntries(settings.administrators.map((one) => [one.name, `ssh ${one.name}@${ip}`])),
      ),
      vpnConfigurations: vpn?.configurations ?? {},
      ...(convergence && { effects: convergence.effects }),
      owner: { username: owner.username, email: owner.email, password: secrets.values.ownerPassword },
      recovery: pulumi.secret({
        ...secrets.values,
        media: { ...media.ids, accessKeyId: media.accessKeyId, secretAccessKey: media.secretAccessKey },
        backups: {
          ...backups.ids,
          accessKeyId: backups.accessKeyId,
          secretAccessKey: backups.secretAccessKey,
        },
        reservedIpId: address.reservedIpId,
        zoneId: address.zoneId,
      }),
    };
  }

  /** Inside the tunnel, unless ranges are let in from outside of it. */
  private sshAddress({ vpn, address }: Parts): pulumi.Output<string> {
    return vpn && this.args.settings.vpnCidrs.length === 0 ? pulumi.output(WIREGUARD.machine) : address.ip;
  }

  /** Ids of a lost stack's objects that still exist: they are imported. */
  private get existing() {
    return this.args.settings.adopted?.objects ?? {};
  }

  private get atCivo(): pulumi.ComponentResourceOptions {
    return { parent: this, provider: this.provider, aliases: atTopLevel() };
  }
}

/** Where the parts of a server were before this component existed: a stack of that time keeps them as they are. */
function atTopLevel(name?: string): pulumi.Alias[] {
  return [{ ...(name && { name }), parent: pulumi.rootStackResource }];
}

function reportRecords({ records }: Address, domain: string): void {
  records.apply((all) => {
    const lines = all.map(({ host, type, value }) => `${host} ${type} ${value}`);
    void pulumi.log.info(`Create these DNS records where ${domain} is served:\n${lines.join('\n')}`);
  });
}
