/** What a rehearsal needs of production: its settings without what leads outside, and a copy of its backups. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, type CivoAccount } from '../../components/civo/api';
import { postgresqlOf } from '../../components/postgresql';
import type { LocalCloud } from '../../local/cloud';
import { DEBIAN_IMAGE } from '../../local/debian';
import { GONE, KEPT_OBJECTS } from '../../settings/adopted';
import { DEFAULT_IMAGE } from '../../settings/schema';
import type { KitBucket, RecoveryKit } from '../../cli/recovery-kit/format';
import { rclone, remoteEnv } from '../../cli/lib/rclone';

/** Settings that lead outside, or that a local Civo has its own of. */
const LEFT_OUT = [
  'adopted', 'alerts', 'apiEndpoint', 'acme', 'community', 'converge', 'dns', 'generation', 'protect', 'region', 'vpn',
  'vpnCidrs', 'metrics',
]; // prettier-ignore

/** Of the local Civo. */
const REGION = 'LON1';

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
    'bin/mastodon rehearse VERSION --dump newest'
  );
}

/** Names as `cloud-init/handover/usr/local/lib/mastodon/dump` gives them. */
const DUMP = /^(newest|mastodon-\d{8}T\d{6}Z\.dump\.gpg)$/;

/** Why a dump of this name can't be rehearsed with; undefined if it can. */
export function dumpProblem(name: string): string | undefined {
  if (DUMP.test(name)) return undefined;
  return `--dump ${name}: expected "newest", or a name that bin/mastodon restore --list shows`;
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
    region: REGION,
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
  const account = { endpoint: cloud.civoApiUrl, region: REGION, token: cloud.token };
  const make = (path: string, body: object) =>
    call('POST', path, account, '', { region: REGION, ...body }) as Promise<Made>;
  const { id: credential } = await make('objectstore/credentials', { name });
  const keys = await ready<Made & { access_key_id: string; secret_access_key_id: string }>(
    account,
    `objectstore/credentials/${credential}`,
  );
  const { id: store } = await make('objectstores', {
    name,
    max_size_gb: sizeGb,
    access_key_id: keys.access_key_id,
  });
  await ready(account, `objectstores/${store}`);
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
  const env = {
    ...remoteEnv('production', { ...kit.buckets.backups, region: String(kit.settings.region) }),
    ...remoteEnv('rehearsal', { ...copy, region: REGION }),
    RCLONE_CA_CERT: authorities,
  };
  const places = ['--', `production:${kit.buckets.backups.name}`, `rehearsal:${name}`];
  const options = ['--transfers', '16', '--checkers', '16', '--include', `/${what}/**`];
  await rclone(['copy', ...options, ...places], env, 'The backups could not be copied: see above.');
  return { store, credential };
}

interface Made {
  readonly id: string;
  readonly status?: string;
}

/** Waits until the local Civo has made something. */
async function ready<T extends Made>(account: CivoAccount, path: string): Promise<T> {
  for (;;) {
    const made = (await call('GET', path, account)) as T;
    if (made.status === 'ready') return made;
    await sleep(200);
  }
}
