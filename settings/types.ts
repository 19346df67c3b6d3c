import type { Output } from '@pulumi/pulumi';

/** The settings of a stack, judged: everything behind this type is valid. */
export interface Settings {
  /** The domain of the accounts' names (`@alice@example.social`), such as `example.social`; Unicode becomes Punycode. Can never change once people use it. */
  readonly domain: string;
  /** Where the site is, such as `social.example.org`. Default: `domain`. */
  readonly webDomain: string;
  /** Where media are served from. Default: `files.` before `webDomain`. */
  readonly mediaDomain: string;
  /** Civo region: `LON1`, `FRA1`, `NYC1` or `MUM1`. (`PHX1` has no object store.) */
  readonly region: string;
  /** Civo instance size, from `g3.small` to `g3.2xlarge` (or `g4s.…`). Default: `g3.medium`. */
  readonly size: string;
  /** Name of Civo's disk image: `ubuntu-noble` (default) or `debian-13`. */
  readonly image: string;
  /** Raise it to replace the machine by a new one. Default: 1. */
  readonly generation: number;
  /** Whose VPN leads to SSH: `own` (default), one that you have, or `wireguard`: then the machine is the end point of one, and each administrator's configuration is in the secret output `vpnConfigurations`. */
  readonly vpn: 'own' | 'wireguard';
  /** The IPv4 ranges that SSH is open to, such as `203.0.113.0/24`, a public one at most a /16 wide; at least one. With `vpn: wireguard` none, but for an `up` that makes a machine: a new one has no keys yet. */
  readonly vpnCidrs: readonly string[];
  /** At least two people who may log in to the machine. The first one owns the Mastodon server. */
  readonly administrators: readonly [Administrator, Administrator, ...Administrator[]];
  /** The mail relay: the server sends mail only through one. */
  readonly smtp: Smtp;
  /** Capacity of the media bucket in GB, in steps of 500. Default: 500. */
  readonly mediaGb: number;
  /** Capacity of the backup bucket in GB, in steps of 500. Default: 500. */
  readonly backupGb: number;
  /** Which Mastodon runs: its version and its images, each pinned by digest. */
  readonly mastodon: Mastodon;
  /** The certificate authority; nothing is needed for Let's Encrypt. */
  readonly acme: Acme;
  /** Who serves the DNS zone: `civo` (default), or `external`: then the records to create are an output. */
  readonly dns: 'civo' | 'external';
  /** How long backups are kept. */
  readonly backup: Backup;
  /** Who else is told of alerts: the administrators always get a mail. */
  readonly alerts: Alerts;
  /** Folder of the community's files (team, rules, blocks …), such as `community`; docs/community.md tells what is in it. Default: none, and all is left to the web interface. */
  readonly community?: string;
  /** What is cleared away by itself. */
  readonly housekeeping: Housekeeping;
  /** When security updates are installed, housekeeping begins, and the machine reboots if an update asks for it, every day in UTC, such as `01:00-02:30`, which is the default. */
  readonly maintenanceWindow: string;
  /** Whether the machine shows figures for Prometheus, on port 9180 and to the addresses of the VPN alone (docs/metrics.md). Default: false. */
  readonly metrics: boolean;
  /** Whether `pulumi up` goes on to the machine over SSH (default). `false` makes the infrastructure only. */
  readonly converge: boolean;
  /** Whether buckets, secrets, address and zone refuse to be deleted. Default: true. */
  readonly protect: boolean;
  /** What this stack takes over instead of making it: one secret JSON text, which `make adopt-kit` or `make import` writes. It stays for ever: the data can't be read without it. */
  readonly adopted?: Adopted;
  /** Base URL of the Civo API; for a local Civo. Default: Civo's own. */
  readonly apiEndpoint?: string;
  /** What is allowed but unlikely to work, as sentences. */
  readonly warnings: readonly string[];
}

export interface Administrator {
  /** Unix account on the machine, such as `alice`. */
  readonly name: string;
  /** Mastodon account; only the first administrator's is made, as the owner's. Default: `name`, with `_` for `-`. */
  readonly username: string;
  /** E-mail address, such as `alice@example.social`; the first one is the owner's login. */
  readonly email: string;
  /** SSH public key in OpenSSH's format: ED25519 or ECDSA, also of a hardware key, or RSA of 3072 bits or more. */
  readonly sshKey: string;
}

export interface Smtp {
  /** Host name of the relay, such as `smtp.example.net`. */
  readonly host: string;
  /** TCP port of the relay. Civo blocks 25, 465 and 587: they only warn. Default: 2525. */
  readonly port: number;
  /** How the connection is encrypted: `starttls`, or `implicit`, which is TLS from the first byte. Default: `implicit` on the ports 465 and 2465, `starttls` on all others. */
  readonly tls: 'starttls' | 'implicit';
  /** How the login is sent: `plain` (default), `login`, which some relays want instead, or `cram_md5`. */
  readonly authentication: 'plain' | 'login' | 'cram_md5';
  /** Login at the relay. */
  readonly user: string;
  /** Password at the relay. A secret: `pulumi config set --secret --path smtp.password`. */
  readonly password: Output<string>;
  /** Sender of the server's mail, such as `notifications@example.social` or `Our server <notifications@example.social>`. */
  readonly from: string;
  /** The relay's DKIM selector, for `make doctor` to look at its record. Default: none, and it isn't looked at. */
  readonly dkimSelector?: string;
}

export interface Mastodon {
  /** Version of Mastodon, such as `4.7.6`. A higher one is an upgrade (docs/upgrades.md): one minor version at a time, and never back. */
  readonly version: string;
  /** Name of the image of web and sidekiq, without tag. Default: Mastodon's official one. */
  readonly webImage: string;
  /** Digest of the image: `sha256:` and 64 hexadecimal digits. */
  readonly webDigest: string;
  /** Name of the streaming image, without tag. Default: Mastodon's official one. */
  readonly streamingImage: string;
  /** Digest of the streaming image. */
  readonly streamingDigest: string;
  /** What the release's notes ask for after an upgrade, such as `tootctl cache recount accounts`: shell commands in the web image, each run once for a version. Default: none. */
  readonly tasks: readonly string[];
}

export interface Acme {
  /** Directory URL. Default: Let's Encrypt. */
  readonly directory: string;
  /** Where the authority writes when a certificate is about to expire. Default: the first administrator's e-mail. */
  readonly contact: string;
  /** PEM of the root certificate, where the authority is a private one. */
  readonly trust?: string;
}

export interface Backup {
  /** How many weekly full backups are kept, each with the log behind it. At least 2. Default: 4. */
  readonly retentionFull: number;
  /** A second object store outside Civo: dumps and media are copied there every day, other servers' media left out. Default: none. */
  readonly secondary?: SecondStore;
}

export interface SecondStore {
  /** Address of an S3 object store, such as `https://s3.eu-central-003.backblazeb2.com`. */
  readonly endpoint: string;
  /** Name of a bucket that is there and that nothing else uses. */
  readonly bucket: string;
  /** The store's name of its region. Default: `us-east-1`, which stores without regions take. */
  readonly region: string;
  /** Access key that may list, read and write in the bucket, and better not delete (docs/backups.md, "The second store"). */
  readonly accessKeyId: string;
  /** A secret: `pulumi config set --secret --path backup.secondary.secretAccessKey`. */
  readonly secretAccessKey: Output<string>;
}

export interface Alerts {
  /** Address that each alert is posted to as JSON (`server`, `state`, `name`, `text`, `time`) when it comes and when it goes. A secret if it holds one. Default: none. */
  readonly webhook?: string;
  /** Address that is fetched every 5 minutes as long as all is well: a dead-man's switch, which alarms when the pings end. A secret if it holds one. Default: none. */
  readonly pingUrl?: string;
}

export interface Housekeeping {
  /** After how many days copies of other servers' media go; 0: never. They are fetched again when somebody looks. Pictures of profiles that nobody here follows stay for at least 30 days. Default: 7. */
  readonly remoteMediaDays: number;
  /** After how many days the pictures of links' previews go; 0: never, otherwise at least 14. Default: 60. */
  readonly previewCardsDays: number;
  /** After how many days other servers' posts go that nobody here follows, answered, shared or kept; 0: never. Default: 90. */
  readonly statusesDays: number;
}

export interface Adopted {
  /** `kit`: a lost stack of ours, with everything. `server`: the secrets of another Mastodon server. */
  readonly from: 'kit' | 'server';
  /** Secrets that data depends on. */
  readonly secrets: KnownSecrets;
  /** The lost stack's objects that are still at Civo, by their ids; `gone` where there is none any more. */
  readonly objects: LivingObjects;
}

export interface KnownSecrets {
  /** `SECRET_KEY_BASE`. */
  readonly secretKeyBase: Output<string>;
  /** `ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY`. */
  readonly encryptionPrimaryKey: Output<string>;
  /** `ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY`. */
  readonly encryptionDeterministicKey: Output<string>;
  /** `ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT`. */
  readonly encryptionKeyDerivationSalt: Output<string>;
  /** `VAPID_PRIVATE_KEY`. */
  readonly vapidPrivateKey: Output<string>;
  /** `VAPID_PUBLIC_KEY`. */
  readonly vapidPublicKey: Output<string>;
  /** `OTP_SECRET`, where an imported server still has one. */
  readonly otpSecret?: Output<string>;
  /** Of a kit: password of the database's role. */
  readonly databasePassword?: Output<string>;
  /** Of a kit: the passphrase of the backups. */
  readonly backupCipher?: Output<string>;
  /** Of a kit: the owner's first password. */
  readonly ownerPassword?: Output<string>;
  /** Of a kit: OpenSSH private key that `pulumi up` logs in with. */
  readonly deployKey?: Output<string>;
  /** Of a kit: OpenSSH private key of the machine. */
  readonly hostKey?: Output<string>;
}

export interface LivingObjects {
  /** Id of the media bucket. */
  readonly mediaStore?: string;
  /** Id of its credential. */
  readonly mediaCredential?: string;
  /** Id of the backup bucket. */
  readonly backupStore?: string;
  /** Id of its credential. */
  readonly backupCredential?: string;
  /** Id of the reserved IP. */
  readonly reservedIp?: string;
  /** Name of the DNS zone. */
  readonly zone?: string;
  /** Ids of the DNS records, `ZONE:RECORD`, by host name. */
  readonly records?: Readonly<Partial<Record<string, string>>>;
  /** Id of the network. */
  readonly network?: string;
  /** Id of the firewall. */
  readonly firewall?: string;
  /** Id of the machine, if it still runs. */
  readonly instance?: string;
  /** The generation that this machine is of. */
  readonly generation?: number;
}
