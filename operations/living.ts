/** What of a lost stack is still at Civo. */
import { addressRecords } from '../components/addressRecords';
import { type CivoAccount, type FindableKind, find, listKind } from '../components/civoApi';
import { GONE, KEPT_OBJECTS } from '../settings/adopted';
import type { JudgedSettings } from '../settings/judge';
import type { RecoveryKit } from './kit';
import { OperationError } from './pulumi';

type Kept = (typeof KEPT_OBJECTS)[number];

export interface Living {
  /** For the setting `adopted.objects`. */
  readonly objects: Record<string, unknown>;
  /** What the kit names and Civo hasn't: it held data, or others know it. */
  readonly gone: readonly Kept[];
}

/**
 * Looks for everything that the kit names, by id, and for what can be taken over besides, by name.
 * @throws OperationError if Civo doesn't answer
 */
export async function findLiving(kit: RecoveryKit, settings: JudgedSettings): Promise<Living> {
  const account = { endpoint: settings.apiEndpoint, region: settings.region };
  try {
    const kept = await findKept(kit, settings, account);
    const zoneId = kept.zone === undefined ? undefined : kit.address.zoneId;
    const gone = KEPT_OBJECTS.filter((name) => name in kept && kept[name] === undefined);
    const objects = {
      ...kept,
      ...Object.fromEntries(gone.map((name) => [name, GONE])),
      ...(await findRest(`mastodon-${kit.stack}`, settings, account)),
      ...(zoneId !== undefined && { records: await findRecords(zoneId, settings, account) }),
    };
    return { objects, gone };
  } catch (error) {
    throw new OperationError(
      `Civo does not say what it has (${error instanceof Error ? error.message : String(error)}). ` +
        'Check CIVO_TOKEN and https://status.civo.com, then run the same command again. Nothing was changed.',
    );
  }
}

async function findKept(
  kit: RecoveryKit,
  { dns }: JudgedSettings,
  account: CivoAccount,
): Promise<Partial<Record<Kept, string | undefined>>> {
  const { media, backups } = kit.buckets;
  const there = async (kind: FindableKind, id: string | undefined) =>
    (await listKind(kind, {}, account)).some((object) => object.id === id) ? id : undefined;
  const { reservedIpId, zoneId } = kit.address;
  return {
    mediaStore: await there('ObjectStore', media.storeId),
    mediaCredential: await there('ObjectStoreCredential', media.credentialId),
    backupStore: await there('ObjectStore', backups.storeId),
    backupCredential: await there('ObjectStoreCredential', backups.credentialId),
    reservedIp: await there('ReservedIp', reservedIpId),
    // The provider imports a zone by its name.
    ...(dns === 'civo' && { zone: (await there('DnsDomainName', zoneId)) && kit.server.domain }),
  };
}

/** Nothing is lost if these are gone, but as long as they are there nothing else can have their names. */
async function findRest(name: string, { generation }: JudgedSettings, account: CivoAccount) {
  const found = {
    network: await find('Network', { label: name }, account),
    firewall: await find('Firewall', { name }, account),
    instance: await find('Instance', { hostname: `${name}-${String(generation)}` }, account),
  };
  return { ...found, ...(found.instance !== undefined && { generation }) };
}

/** As the provider imports them: `ZONE:RECORD`, by host. */
async function findRecords(zoneId: string, settings: JudgedSettings, account: CivoAccount) {
  const there = await listKind('DnsDomainRecord', { domainId: zoneId }, account);
  const found = addressRecords(settings, '').map(({ host, name, type }) => {
    const record = there.find((one) => one.name === name && one.type === type);
    return [host, record && `${zoneId}:${record.id}`] as const;
  });
  return Object.fromEntries(found.filter(([, id]) => id !== undefined));
}
