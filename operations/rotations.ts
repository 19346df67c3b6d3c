/** Every secret that the stack makes by itself: how it is rotated, and what people notice; or why it can't be. */

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

const ENCRYPTION = {
  refused:
    "Active Record encryption: what is stored with it (two-factor secrets, and from Mastodon 4.7 on accounts' signing keys) could not be " +
    'read any more, and Mastodon has no way to store it anew. If it has leaked, give all accounts new signing keys, tootctl accounts ' +
    'rotate --all, and let people set up their second factor again: tootctl accounts modify NAME --disable-2fa.',
} as const;

/** By name; the resource's own name ends with it. */
const ROTATIONS = new Map<string, Rotation>(
  Object.entries({
    'secret-key-base': {
      by: 'replace',
      effect: 'Everybody has to log in again in browsers; apps stay logged in.',
    },
    vapid: { by: 'replace', effect: 'Push notifications stop until people switch them on again.' },
    'database-password': {
      by: 'replace',
      effect: 'Nobody notices.',
    },
    'deploy-key': { by: 'deploy-key', effect: 'Nobody notices.' },
    'host-key': {
      by: 'host-key',
      effect: "Administrators' SSH has to be told the new key: pulumi stack output sshHostKey.",
    },
    media: {
      by: 'bucket',
      effect: 'Pictures can not be uploaded for the seconds until the machine has the new key.',
    },
    backups: {
      by: 'bucket',
      effect: 'The log waits on the machine for the seconds until it has the new key.',
    },
    'wireguard-key': {
      by: 'replace',
      effect: 'Everybody needs the new configuration: pulumi stack output vpnConfigurations --show-secrets.',
    },
    'encryption-primary-key': ENCRYPTION,
    'encryption-deterministic-key': ENCRYPTION,
    'encryption-key-derivation-salt': ENCRYPTION,
    'backup-cipher': {
      refused:
        "the backups that there are could not be read any more. It is no use without the bucket, so change the bucket's key: " +
        'make rotate SECRET=backups.',
    },
    'owner-password': {
      refused:
        'it is only the first one. Change it where you log in, or: make tootctl ARGS="accounts modify NAME --reset-password".',
    },
    'boot-host-key': {
      refused: 'it serves for the first connection to a new machine, and is removed from there.',
    },
  }),
);

/** Secrets that others made: they are settings. */
const SETTINGS = new Map([
  ['smtp', 'smtp.password'],
  ['secondary', 'backup.secondary.secretAccessKey'],
  ['webhook', 'alerts.webhook'],
]);

/** A name for each person's key of the VPN. */
const PERSONS_KEY = /^(.+)-wireguard-key$/;

export const rotationNames = (): readonly string[] => [...ROTATIONS.keys(), 'NAME-wireguard-key'];

/** What is to be done for a secret, by its name. */
export function rotationOf(name: string): Rotation | undefined {
  const setting = SETTINGS.get(name);
  if (setting !== undefined) {
    return {
      refused: `others gave it: get a new one there, then pulumi config set --secret --path ${setting}, and pulumi up.`,
    };
  }
  const known = ROTATIONS.get(name);
  if (known !== undefined) return known;
  const person = PERSONS_KEY.exec(name)?.[1];
  if (person === undefined) return undefined;
  return {
    by: 'replace',
    effect: `${person} needs the new configuration: pulumi stack output vpnConfigurations --show-secrets.`,
  };
}

/** The name in this table of a resource that holds a secret, by the resource's own name and its server's. */
export function nameOfResource(resource: string, server: string): string {
  const own = resource.startsWith(`${server}-`) ? resource.slice(server.length + 1) : resource;
  return own.replace(/^secrets-/, '').replace(/^\d+-/, '');
}
