import * as civo from '@pulumi/civo';
import * as pulumi from '@pulumi/pulumi';
import { type Giving, OUTPUTS_VERSION, type ServerOutputs } from '../outputs';
import type { Settings } from '../settings';
import { WIREGUARD } from '../settings/wireguard';
import { Address } from './address';
import { civoGuards } from './civoGuards';
import { AppliedCommunity, takenFrom } from './community/apply';
import { Decisions } from './community/decisions';
import type { Read } from './community/read';
import { Convergence } from './convergence';
import { Machine } from './machine';
import { ObjectStorage } from './objectStorage';
import { Perimeter } from './perimeter';
import { Secrets } from './secrets';
import { Vpn } from './vpn';

export interface MastodonServerArgs {
  /** All that the server is made by; `readSettings` reads and judges them. */
  settings: Settings;
  /** What the community decided, as `communityOf` reads it; without it the web interface decides. */
  community?: Read;
}

/** A Mastodon server on Civo, whole: what holds its data, the machine, its address, and what runs on it. */
export class MastodonServer extends pulumi.ComponentResource {
  /** The stack's outputs, for people and other stacks. */
  readonly outputs: Giving<ServerOutputs>;

  /** @param name  names everything at Civo, so no other server of the account may have it; it can't change later */
  constructor(
    name: string,
    { settings, community }: MastodonServerArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const account = { region: settings.region, endpoint: settings.apiEndpoint };
    const guards = civoGuards(name, account, settings.adopted?.from === 'kit');
    super('mastodon:civo:MastodonServer', name, {}, { ...opts, transformations: [guards] });
    const keep = settings.protect;

    // One explicit provider for each server: resources of two regions in one provider process get into each other's way.
    const provider = new civo.Provider(
      `${name}-civo`,
      { region: settings.region, apiEndpoint: settings.apiEndpoint },
      { parent: this, aliases: atTheTop('civo') },
    );
    const inside = { parent: this, provider, aliases: atTheTop() };

    // Of a lost stack: what is still there is taken over, not made a second time.
    const { secrets: known, objects: living = {} } = settings.adopted ?? {};
    const secrets = new Secrets(
      `${name}-secrets`,
      { keep, adopted: known },
      { parent: this, aliases: atTheTop('secrets') },
    );
    const media = new ObjectStorage(
      `${name}-media`,
      {
        sizeGb: settings.mediaGb,
        keep,
        adopted: { store: living.mediaStore, credential: living.mediaCredential },
      },
      inside,
    );
    const backups = new ObjectStorage(
      `${name}-backups`,
      {
        sizeGb: settings.backupGb,
        keep,
        adopted: { store: living.backupStore, credential: living.backupCredential },
      },
      inside,
    );

    const perimeter = new Perimeter(name, { settings, adopted: living }, inside);
    const machine = new Machine(
      name,
      {
        settings,
        networkId: perimeter.networkId,
        firewallId: perimeter.firewallId,
        deployKey: secrets.deployKey,
        hostPublicKey: secrets.hostKey.publicKeyOpenssh,
      },
      inside,
    );
    const address = new Address(
      name,
      { ...settings, instanceId: machine.instanceId, after: machine.ready, keep, adopted: living },
      inside,
    );
    if (settings.dns === 'external') tell(address, settings.domain);

    const vpn =
      settings.vpn === 'wireguard'
        ? new Vpn(
            name,
            { people: settings.administrators.map((person) => person.name), ip: address.ip },
            { parent: this },
          )
        : undefined;
    // What the ranges let in needs no tunnel.
    const sshAddress = vpn && settings.vpnCidrs.length === 0 ? pulumi.output(WIREGUARD.machine) : address.ip;

    const convergence = settings.converge
      ? new Convergence(
          name,
          {
            settings,
            instanceId: machine.instanceId,
            ip: address.ip,
            sshAddress,
            deployKey: secrets.deployKey,
            hostKey: secrets.hostKey,
            bootHostKey: machine.bootHostKey,
            values: pulumi.output({
              ...secrets.mastodon,
              smtpPassword: settings.smtp.password,
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
            }),
          },
          { parent: this, aliases: atTheTop(), dependsOn: [...address.ready] },
        )
      : undefined;

    if (community) {
      const decisions = new Decisions(name, community, { parent: this });
      if (convergence) {
        const { instanceId } = machine;
        const take = takenFrom(process.env);
        const args = { community: community.community, take, instanceId, convergence, decisions };
        new AppliedCommunity(name, args, { parent: this });
      }
    }

    const [owner] = settings.administrators;
    this.outputs = {
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
      owner: { username: owner.username, email: owner.email, password: secrets.mastodon.ownerPassword },
      recovery: pulumi.secret({
        ...secrets.mastodon,
        deployKey: secrets.deployKey.privateKeyOpenssh,
        hostKey: secrets.hostKey.privateKeyOpenssh,
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
    this.registerOutputs({});
  }
}

/** Where the parts of a server were before this component was: a stack of that time keeps them as they are. */
function atTheTop(name?: string): pulumi.Alias[] {
  return [{ ...(name && { name }), parent: pulumi.rootStackResource }];
}

function tell({ records }: Address, domain: string): void {
  records.apply((all) => {
    const lines = all.map(({ host, type, value }) => `${host} ${type} ${value}`);
    void pulumi.log.info(`Create these DNS records where ${domain} is served:\n${lines.join('\n')}`);
  });
}
