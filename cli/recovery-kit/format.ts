/** The recovery kit: everything that a recovery needs when the stack's state is lost, as one JSON text. */
import { valueAt } from '../../lib/value-at';
import { secretEntries, STACK_SECRETS } from '../../settings/secret-names';
import { plain, type Setting } from '../lib/stack-config';
import type { Outputs } from '../lib/pulumi-cli';

const FORMAT = 'mastodon-on-civo recovery kit';
/** Raised when an older program could not use a newer kit. */
const VERSION = 1;

export interface RecoveryKit {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** When it was made, in ISO 8601. */
  readonly made: string;
  /** The stack's name: Civo's objects are named after it. */
  readonly stack: string;
  readonly server: { readonly url: string; readonly domain: string; readonly mastodonVersion: string };
  /** By the names of the setting `adopted.secrets`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly buckets: Readonly<Record<'media' | 'backups', KitBucket>>;
  /** `zoneId` only where the zone is at Civo. */
  readonly address: { readonly ip: string; readonly reservedIpId: string; readonly zoneId?: string };
  /** The stack's settings, as they stand behind `mastodon-on-civo:`; the relay's password is among them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The keys of those settings that are, or hold, a secret. */
  readonly secretSettings: readonly string[];
}

export interface KitBucket {
  readonly name: string;
  readonly endpoint: string;
  readonly storeId: string;
  readonly credentialId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

type Part = Readonly<Record<string, unknown>>;

const part = (value: unknown): Part => (typeof value === 'object' && value !== null ? (value as Part) : {});

/** What must be there, as paths. */
const NEEDED = [
  'made', 'stack', 'server.url', 'server.domain', 'server.mastodonVersion', ...STACK_SECRETS.map((name) => `secrets.${name}`),
  ...['media', 'backups'].flatMap((bucket) =>
    ['name', 'endpoint', 'storeId', 'credentialId', 'accessKeyId', 'secretAccessKey'].map(
      (field) => `buckets.${bucket}.${field}`,
    ),
  ),
  'address.ip', 'address.reservedIpId', 'settings.domain', 'settings.region', 'settings.administrators', 'settings.mastodon',
]; // prettier-ignore

/** Puts a kit together. What is missing shows only in {@link missingParts}. */
export function kitOf(
  stack: string,
  outputs: Outputs,
  config: ReadonlyMap<string, Setting>,
  made: Date,
): RecoveryKit {
  // What was adopted is in the outputs.
  const own = new Map([...config].filter(([key]) => key !== 'adopted'));
  const settings = plain(own);
  const recovery = part(outputs.recovery);
  const bucket = (name: 'media' | 'backups') => {
    const { store: storeId, credential: credentialId, accessKeyId, secretAccessKey } = part(recovery[name]);
    return { ...outputs.buckets?.[name], storeId, credentialId, accessKeyId, secretAccessKey };
  };
  const secrets = secretEntries().map(([name]) => [name, recovery[name]] as const);
  const kit: unknown = {
    format: FORMAT,
    version: VERSION,
    made: made.toISOString(),
    stack,
    server: {
      url: outputs.url,
      domain: settings.domain,
      mastodonVersion: part(settings.mastodon).version,
    },
    secrets: Object.fromEntries(secrets.filter(([, secret]) => secret !== undefined)),
    buckets: { media: bucket('media'), backups: bucket('backups') },
    address: { ip: outputs.publicAddress, reservedIpId: recovery.reservedIpId, zoneId: recovery.zoneId },
    settings,
    secretSettings: [...own].filter(([, { secret }]) => secret).map(([key]) => key),
  };
  return kit as RecoveryKit;
}

/** The paths of what a kit must hold and doesn't. */
export function missingParts(kit: RecoveryKit): string[] {
  return NEEDED.filter((path) => {
    const value = valueAt(kit, path);
    return value === undefined || value === null || value === '';
  });
}

export const kitText = (kit: RecoveryKit) => `${JSON.stringify(kit, undefined, 2)}\n`;

/** @throws Error if the text is no kit, or one of a newer program */
export function parseKit(text: string): RecoveryKit {
  const kit = part(parsed(text));
  if (kit.format !== FORMAT) throw new Error('What is in the file is no recovery kit.');
  if (kit.version !== VERSION) {
    const versions = `version ${String(kit.version)}; this program knows version ${String(VERSION)}`;
    throw new Error(`The kit has ${versions}. Use the version of the program that made it, or a newer one.`);
  }
  return kit as unknown as RecoveryKit;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
