/** Every secret that the stack makes by itself: how it is rotated, and what people notice; or why it can't be. */
import { secretEntries } from '../../settings/secret-names';
import { type Rotation } from '../../settings/secrets-table';

/** Secrets that no stack can adopt, by the end of the resource's name. */
const PASSING: Readonly<Record<string, Rotation>> = {
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
  'boot-host-key': {
    refused: 'it serves for the first connection to a new machine, and is removed from there.',
  },
};

/** By name; the resource's own name ends with it. */
const ROTATIONS = new Map<string, Rotation>([
  ...secretEntries().flatMap(([, { made, rotation }]): [string, Rotation][] =>
    made && rotation ? [[made.resource, rotation]] : [],
  ),
  ...Object.entries(PASSING),
]);

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
