import * as civo from '@pulumi/civo';
import * as pulumi from '@pulumi/pulumi';
import { Address } from './components/address';
import { civoGuards } from './components/civoGuards';
import { AppliedCommunity, takenFrom } from './components/community/apply';
import { communityOf } from './components/community/community';
import { Decisions } from './components/community/decisions';
import { Convergence } from './components/convergence';
import { Machine } from './components/machine';
import { ObjectStorage } from './components/objectStorage';
import { Perimeter } from './components/perimeter';
import { Secrets } from './components/secrets';
import { Vpn } from './components/vpn';
import { readSettings } from './settings';
import { WIREGUARD } from './settings/wireguard';

const settings = readSettings(new pulumi.Config());
const community = communityOf(settings);
const warnings = [...settings.warnings, ...(community?.warnings ?? [])];
for (const warning of warnings) void pulumi.log.warn(warning);

const name = `mastodon-${pulumi.getStack()}`;
const keep = settings.protect;

// One explicit provider: resources of two regions in one provider process get into each other's way.
const provider = new civo.Provider('civo', { region: settings.region, apiEndpoint: settings.apiEndpoint });
const opts = {
  provider,
  transformations: [
    civoGuards({ region: settings.region, endpoint: settings.apiEndpoint }, settings.adopted?.from === 'kit'),
  ],
};

// Of a lost stack: what is still there is taken over, not made a second time.
const { secrets: known, objects: living = {} } = settings.adopted ?? {};
const secrets = new Secrets('secrets', { keep, adopted: known });
const media = new ObjectStorage(
  `${name}-media`,
  {
    sizeGb: settings.mediaGb,
    keep,
    adopted: { store: living.mediaStore, credential: living.mediaCredential },
  },
  opts,
);
const backups = new ObjectStorage(
  `${name}-backups`,
  {
    sizeGb: settings.backupGb,
    keep,
    adopted: { store: living.backupStore, credential: living.backupCredential },
  },
  opts,
);

const perimeter = new Perimeter(name, { settings, adopted: living }, opts);
const machine = new Machine(
  name,
  {
    settings,
    networkId: perimeter.networkId,
    firewallId: perimeter.firewallId,
    deployPublicKey: secrets.deployKey.publicKeyOpenssh,
    hostPublicKey: secrets.hostKey.publicKeyOpenssh,
  },
  opts,
);
const address = new Address(
  name,
  { ...settings, instanceId: machine.instanceId, after: machine.ready, keep, adopted: living },
  opts,
);

const vpn =
  settings.vpn === 'wireguard'
    ? new Vpn(name, { people: settings.administrators.map((person) => person.name), ip: address.ip })
    : undefined;
// What the ranges let in needs no tunnel.
const sshAddress = vpn && settings.vpnCidrs.length === 0 ? pulumi.output(WIREGUARD.machine) : address.ip;

if (settings.dns === 'external') {
  address.records.apply((records) => {
    const lines = records.map(({ host, type, value }) => `${host} ${type} ${value}`);
    void pulumi.log.info(`Create these DNS records where ${settings.domain} is served:\n${lines.join('\n')}`);
  });
}

let convergence: Convergence | undefined;
if (settings.converge) {
  convergence = new Convergence(
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
    { dependsOn: [...address.ready] },
  );
}

if (community) {
  const decisions = new Decisions(name, community);
  if (convergence) {
    const { instanceId } = machine;
    new AppliedCommunity(name, {
      community: community.community,
      take: takenFrom(process.env),
      instanceId,
      convergence,
      decisions,
    });
  }
}

export const url = `https://${settings.webDomain}`;
export const publicAddress = address.ip;
export const networkId = perimeter.networkId;
export const firewallId = perimeter.firewallId;
export const instanceId = machine.instanceId;
export const buckets = {
  media: { name: media.bucket, endpoint: media.endpoint },
  backups: { name: backups.bucket, endpoint: backups.endpoint },
};
export const dnsRecords = address.records;
/** The machine's SSH host key, for `known_hosts`. */
export const sshHostKey = secrets.hostKey.publicKeyOpenssh.apply((key) => key.trim());
export { sshAddress };
export const sshCommands = sshAddress.apply((ip) =>
  Object.fromEntries(
    settings.administrators.map((administrator) => [administrator.name, `ssh ${administrator.name}@${ip}`]),
  ),
);
/** For each administrator the WireGuard configuration of their computer, with `vpn: wireguard`. */
export const vpnConfigurations = vpn?.configurations ?? {};
/** What changes do on the machine: a preview compares it with what it would bring. */
export const effects = convergence?.effects;
/** The owner's first login; the password is a secret. */
export const owner = {
  username: settings.administrators[0].username,
  email: settings.administrators[0].email,
  password: secrets.mastodon.ownerPassword,
};
/** What a recovery needs when the machine, or this stack, is gone: `make recovery-kit` writes it. */
export const recovery = pulumi.secret({
  ...secrets.mastodon,
  deployKey: secrets.deployKey.privateKeyOpenssh,
  hostKey: secrets.hostKey.privateKeyOpenssh,
  media: { ...media.ids, accessKeyId: media.accessKeyId, secretAccessKey: media.secretAccessKey },
  backups: { ...backups.ids, accessKeyId: backups.accessKeyId, secretAccessKey: backups.secretAccessKey },
  reservedIpId: address.reservedIpId,
  zoneId: address.zoneId,
});
