/** What a rehearsal needs of production: its settings without what leads outside, and a copy of its backups. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresqlOf } from '../components/postgresql';
import type { LocalCloud } from '../local/cloud';
import { DEBIAN_IMAGE } from '../local/debian';
import { GONE, KEPT_OBJECTS } from '../settings/adopted';
import { DEFAULT_IMAGE } from '../settings/schema';
import type { KitBucket, RecoveryKit } from './kit';
import { OperationError } from './pulumi';

/** Settings that lead outside, or that a local Civo has its own of. */
const LEFT_OUT = [
  'adopted', 'alerts', 'apiEndpoint', 'acme', 'community', 'converge', 'dns', 'generation', 'protect', 'region', 'vpn',
  'vpnCidrs', 'metrics',
]; // prettier-ignore

type Fields = Readonly<Record<string, unknown>>;

/** The rehearsal's own bucket of backups, at the local Civo. */
export interface Copy {
  readonly store: string;
  readonly credential: string;
}

/** Why production's backup can't be restored on this computer; undefined if it can. */
export function rehearsalProblem({ settings }: Pick<RecoveryKit, 'settings'>): string | undefined {
  const image = typeof settings.image === 'string' ? settings.image : DEFAULT_IMAGE;
  const [theirs, here] = [postgresqlOf(image), postgresqlOf(DEBIAN_IMAGE)];
  if (theirs === here) return undefined;
  return (
    `The server's image ${image} has PostgreSQL ${String(theirs)}, and machines on this computer are ${DEBIAN_IMAGE} with PostgreSQL ` +
    `${String(here)}, which can't restore its backup. Rehearse with the newest weekly dump instead, on PostgreSQL ${String(here)}: ` +
    'make rehearse VERSION=… DUMP=newest'
  );
}

/** Names as `cloud-init/handover/usr/local/lib/mastodon/dump` gives them. */
const DUMP = /^(newest|mastodon-\d{8}T\d{6}Z\.dump\.gpg)$/;

/** Why a dump of this name can't be rehearsed with; undefined if it can. */
export function dumpProblem(name: string): string | undefined {
  if (DUMP.test(name)) return undefined;
  return `DUMP=${name}: expected "newest", or a name that make restore LIST=yes shows`;
}

/** Production's settings as the rehearsal has them, with a version of Mastodon and what is to be done after it. */
export function rehearsalSettings(
  kit: RecoveryKit,
  mastodon: Fields,
  image = kit.settings.image,
): Record<string, unknown> {
  const own = Object.entries(kit.settings).filter(([key]) => !LEFT_OUT.includes(key));
  const settings = Object.fromEntries(own) as { administrators?: unknown; smtp?: Fields; backup?: Fields };
  return {
    ...settings,
    ...(image !== undefined && { image }),
    smtp: { ...settings.smtp, host: 'rehearsal.invalid', password: 'none' },
    backup: { retentionFull: settings.backup?.retentionFull },
    mastodon,
    acme: { directory: 'https://acme.civo.test/dir' },
    dns: 'civo',
    region: 'LON1',
    protect: false,
  };
}

/** The setting `adopted`: production's secrets, and the copy of its backups; all else is made again. */
export function adoptedFor(kit: RecoveryKit, { store, credential }: Copy): string {
  const anew = Object.fromEntries(KEPT_OBJECTS.map((name) => [name, GONE]));
  const objects = { ...anew, backupStore: store, backupCredential: credential };
  return JSON.stringify({ from: 'kit', secrets: kit.secrets, objects });
}

/** What is copied of the backup bucket: PostgreSQL's backups and WAL (repo1-path of pgbackrest.conf), or the dumps. */
export type Copied = 'postgresql' | 'dumps';

/**
 * Makes the bucket that the stack will take over, and copies the newest state of production's backups into it. Production's
 * bucket is only read, and the lease in it stays out: no machine is asked to hand over.
 */
export async function copyBackups(
  kit: RecoveryKit,
  cloud: LocalCloud,
  name: string,
  what: Copied,
): Promise<Copy> {
  const sizeGb = Number(kit.settings.backupGb ?? 500);
  const civo = civoOf(cloud);
  const { id: credential } = await civo<Made>('POST', 'objectstore/credentials', { name });
  const keys = await ready<Made & { access_key_id: string; secret_access_key_id: string }>(
    civo,
    `objectstore/credentials/${credential}`,
  );
  const { id: store } = await civo<Made>('POST', 'objectstores', {
    name,
    max_size_gb: sizeGb,
    access_key_id: keys.access_key_id,
  });
  await ready(civo, `objectstores/${store}`);
  const copy: KitBucket = {
    ...kit.buckets.backups,
    name,
    endpoint: cloud.addresses.objectStore,
    accessKeyId: keys.access_key_id,
    secretAccessKey: keys.secret_access_key_id,
  };
  const authorities = join(cloud.stateFolder, 'authorities.pem');
  const known = [process.env.RCLONE_CA_CERT ?? '/etc/ssl/certs/ca-certificates.crt'];
  const own = join(cloud.stateFolder, 'ca.pem');
  writeFileSync(authorities, [...known, own].map((file) => readFileSync(file, 'utf8')).join('\n'));
  await rclone(
    ['copy', '--transfers', '16', '--checkers', '16', '--include', `/${what}/**`],
    [`production:${kit.buckets.backups.name}`, `rehearsal:${name}`],
    {
      ...remote('PRODUCTION', kit.buckets.backups, String(kit.settings.region)),
      ...remote('REHEARSAL', copy, 'LON1'),
      RCLONE_CA_CERT: authorities,
    },
  );
  return { store, credential };
}

interface Made {
  readonly id: string;
  readonly status?: string;
}

type Civo = <T>(method: 'GET' | 'POST', path: string, body?: object) => Promise<T>;

/** Calls of the local Civo's API. */
function civoOf({ civoApiUrl, token }: LocalCloud): Civo {
  return async <T>(method: string, path: string, body?: object) => {
    const answer = await fetch(`${civoApiUrl}/v2/${path}?region=LON1`, {
      method,
      headers: { Authorization: `bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify({ region: 'LON1', ...body }) }),
    });
    if (!answer.ok) throw new Error(`the local Civo: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
}

/** Waits until the local Civo has made something. */
async function ready<T extends Made>(civo: Civo, path: string): Promise<T> {
  for (;;) {
    const made = await civo<T>('GET', path);
    if (made.status === 'ready') return made;
    await sleep(200);
  }
}

/** A remote of rclone's, in the environment: process lists don't show it. */
function remote(name: string, bucket: KitBucket, region: string): Record<string, string> {
  const fields = {
    TYPE: 's3',
    PROVIDER: 'Other',
    ENDPOINT: `https://${bucket.endpoint}`,
    REGION: region,
    ACCESS_KEY_ID: bucket.accessKeyId,
    SECRET_ACCESS_KEY: bucket.secretAccessKey,
    NO_CHECK_BUCKET: 'true',
  };
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [`RCLONE_CONFIG_${name}_${field}`, value]),
  );
}

function rclone(
  args: readonly string[],
  places: readonly string[],
  env: Record<string, string>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('rclone', [...args, '--', ...places], {
      stdio: ['ignore', 'inherit', 'inherit'],
      // rclone refuses AWS_CA_BUNDLE; it has RCLONE_CA_CERT.
      env: { ...process.env, AWS_CA_BUNDLE: undefined, ...env },
    });
    child.on('error', () => {
      reject(new OperationError('There is no rclone on the PATH: apt-get install rclone.'));
    });
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new OperationError('The backups could not be copied: see above.'));
    });
  });
}
