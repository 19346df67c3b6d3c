/**
 * Every secret that a stack keeps for life: the only list that there is, besides the policies' own. The setting `adopted`, the
 * resources, Mastodon's environment, `import`, `export`, `rotate` and the recovery kit, which holds all of them, come from it.
 */

/** How a secret is rotated, and what people notice; or why it can't be. */
export type Rotation =
  | {
      /** What is special about it; `replace` is an ordinary `pulumi up` that replaces the resource. */
      readonly by: 'replace' | 'deploy-key' | 'host-key' | 'bucket';
      /** What people notice, as a sentence. */
      readonly effect: string;
    }
  | {
      /** Why it can't be rotated, and what to do instead. */
      readonly refused: string;
    };

/** How a stack makes a secret: the end of its resource's name, which is also its name for `rotate`, and what it consists of. */
export type Made = { readonly resource: string } & (
  | { readonly letters: number }
  | { readonly hexadecimal: number }
  | { readonly ssh: 'private key' }
  | { readonly vapid: 'privateKey' | 'publicKey' }
);

export interface StackSecret {
  /** Its meaning, as docs/settings.md says it. */
  readonly description: string;
  /** Its name in Mastodon's environment; without one, files of `cloud-init/handover` have a placeholder for it. */
  readonly variable?: string;
  /** Without this the stack only has it where it was adopted. */
  readonly made?: Made;
  /** Whether `import` brings it from another Mastodon server, whose data depends on it. */
  readonly imported?: true;
  readonly rotation?: Rotation;
  /** Whether the machine gets it. Default: yes. */
  readonly delivered?: false;
}

const ENCRYPTION = {
  refused:
    "Active Record encryption: what is stored with it (two-factor secrets, and from Mastodon 4.7 on accounts' signing keys) could not be " +
    'read any more, and Mastodon has no way to store it again. If it has leaked, give all accounts new signing keys, tootctl accounts ' +
    'rotate --all, and let people set up their second factor again: tootctl accounts modify NAME --disable-2fa.',
} as const;
const VAPID = {
  by: 'replace',
  effect: 'Push notifications stop until people switch them on again.',
} as const;

/** By its name in `adopted.secrets`, in the output `recovery`, and in the placeholders of `cloud-init/handover`. */
export const SECRETS = {
  secretKeyBase: {
    description: 'signs sessions.',
    variable: 'SECRET_KEY_BASE',
    made: { resource: 'secret-key-base', hexadecimal: 128 },
    imported: true,
    rotation: {
      by: 'replace',
      effect: 'Everybody has to log in again in browsers; apps stay logged in.',
    },
  },
  encryptionPrimaryKey: {
    description: 'encrypts columns of the database.',
    variable: 'ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY',
    made: { resource: 'encryption-primary-key', letters: 32 },
    imported: true,
    rotation: ENCRYPTION,
  },
  encryptionDeterministicKey: {
    description: 'encrypts columns that are searched.',
    variable: 'ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY',
    made: { resource: 'encryption-deterministic-key', letters: 32 },
    imported: true,
    rotation: ENCRYPTION,
  },
  encryptionKeyDerivationSalt: {
    description: 'salt of these keys.',
    variable: 'ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT',
    made: { resource: 'encryption-key-derivation-salt', letters: 32 },
    imported: true,
    rotation: ENCRYPTION,
  },
  vapidPrivateKey: {
    description: 'private key for web push.',
    variable: 'VAPID_PRIVATE_KEY',
    made: { resource: 'vapid', vapid: 'privateKey' },
    imported: true,
    rotation: VAPID,
  },
  vapidPublicKey: {
    description: 'its public half, the only entry here that is not secret.',
    variable: 'VAPID_PUBLIC_KEY',
    made: { resource: 'vapid', vapid: 'publicKey' },
    imported: true,
    rotation: VAPID,
  },
  databasePassword: {
    description: "password of the database's role.",
    variable: 'DB_PASS',
    made: { resource: 'database-password', letters: 32 },
    rotation: { by: 'replace', effect: 'No user notices.' },
  },
  backupCipher: {
    description: 'passphrase of the backups.',
    made: { resource: 'backup-cipher', letters: 48 },
    rotation: {
      refused:
        "the backups that there are could not be read any more. It is no use without the bucket, so change the bucket's key: " +
        'bin/mastodon rotate backups.',
    },
  },
  ownerPassword: {
    description: "the owner's first password, to be changed at the first login.",
    made: { resource: 'owner-password', letters: 24 },
    rotation: {
      refused:
        'it is only the first one. Change it where you log in, or: bin/mastodon tootctl accounts modify NAME --reset-password.',
    },
  },
  deployKey: {
    description: 'OpenSSH private key that `pulumi up` logs in with.',
    made: { resource: 'deploy-key', ssh: 'private key' },
    rotation: { by: 'deploy-key', effect: 'No user notices.' },
    delivered: false,
  },
  hostKey: {
    description: 'OpenSSH private key of the machine, the same for every machine of the stack.',
    made: { resource: 'host-key', ssh: 'private key' },
    rotation: {
      by: 'host-key',
      effect: "Administrators' SSH has to learn the new key: pulumi stack output sshHostKey.",
    },
  },
  otpSecret: {
    description: 'of an imported server that still has one.',
    variable: 'OTP_SECRET',
    imported: true,
  },
} as const satisfies Record<string, StackSecret>;

export type SecretName = keyof typeof SECRETS;
type Having<Part> = {
  [Name in SecretName]: (typeof SECRETS)[Name] extends Part ? Name : never;
}[SecretName];

/** The values of a stack's secrets: all that are made, and perhaps those that are only adopted. */
export type SecretValues<T> = {
  readonly [Name in Having<{ made: object }>]: T;
} & {
  readonly [Name in SecretName]?: T;
};

/** Those of them that the machine gets. */
export type DeliveredSecrets<T> = Omit<SecretValues<T>, Having<{ delivered: false }>>;
