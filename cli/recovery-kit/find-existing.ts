/** What of a lost stack is still at Civo. */
import { messageOf } from '../../lib/message-of';
import { addressRecords } from '../../network/address-records';
import { type CivoAccount, type FindableKind, find, listKind } from '../../components/civo/api';
import { GONE, KEPT_OBJECTS } from '../../settings/adopted';
import type { PlainSettings } from '../../settings/types';
import type { RecoveryKit } from './format';
import { OperationError } from '../lib/pulumi-cli';

type Kept = (typeof KEPT_OBJECTS)[number];

export interface Existing {
  /** For the setting `adopted.objects`. */
  readonly objects: Record<string, unknown>;
  /** What the kit names and Civo hasn't: it held data, or others know it. */
  readonly gone: readonly Kept[];
  /** Of the machine that is taken over. */
  readonly generation?: number;
  /** Other machines of the stack, by their host names. */
  readonly leftovers: readonly string[];
}

/**
 * Looks for everything that the kit names, by id, and for what can be taken over besides, by name.
 * @throws OperationError if Civo doesn't answer
 */
export async function findExisting(kit: RecoveryKit, settings: PlainSettings): Promise<Existing> {
  const account = { endpoint: settings.apiEndpoint, region: settings.region };
  try {
    const kept = await findKept(kit, settings, account);
    const zoneId = kept.zone === undefined ? undefined : kit.address.zoneId;
    const name = `mastodon-${kit.stack}`;
    const { machine, leftovers } = await findMachine(name, kit.address.reservedIpId, account);
    const gone = KEPT_OBJECTS.filter((kind) => kind in kept && kept[kind] === undefined);
    const objects = {
      ...kept,
      ...Object.fromEntries(gone.map((kind) => [kind, GONE])),
      network: await find('Network', { label: name }, account),
      firewall: await find('Firewall', { name }, account),
      ...(machine && { instance: machine.id, generation: machine.generation }),
      ...(zoneId !== undefined && { records: await findRecords(zoneId, settings, account) }),
    };
    return { objects, gone, leftovers, generation: machine?.generation };
  } catch (error) {
    throw new OperationError(
      `Civo does not say what it has (${messageOf(error)}). ` +
        'Check CIVO_TOKEN and https://status.civo.com, then run the same command again. Nothing was changed.',
    );
  }
}

async function findKept(
  kit: RecoveryKit,
  { dns }: PlainSettings,
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

/**
 * The machine that runs, whatever generation the kit knew: the one that has the address, else the newest. A second one is
 * there if the state was lost in the middle of a replacement.
 */
async function findMachine(name: string, reservedIpId: string, account: CivoAccount) {
  const address = (await listKind('ReservedIp', {}, account)).find(({ id }) => id === reservedIpId);
  const holder = (address?.assigned_to as { id?: string } | undefined)?.id;
  const machines = (await listKind('Instance', {}, account))
    .map(({ id, hostname }) => ({ id, hostname: String(hostname) }))
    .filter(
      ({ hostname }) => hostname.startsWith(`${name}-`) && /^\d+$/.test(hostname.slice(name.length + 1)),
    )
    .map((one) => ({ ...one, generation: Number(one.hostname.slice(name.length + 1)) }))
    .sort((one, other) => other.generation - one.generation);
  const machine = machines.find(({ id }) => id === holder) ?? machines[0];
  const leftovers = machines.filter((one) => one !== machine).map(({ hostname }) => hostname);
  return { machine, leftovers };
}

/** As the provider imports them: `ZONE:RECORD`, by host. */
async function findRecords(zoneId: string, settings: PlainSettings, account: CivoAccount) {
  const there = await listKind('DnsDomainRecord', { domainId: zoneId }, account);
  const found = addressRecords(settings, '').map(({ host, name, type }) => {
    const record = there.find((one) => one.name === name && one.type === type);
    return [host, record && `${zoneId}:${record.id}`] as const;
  });
  return Object.fromEntries(found.filter(([, id]) => id !== undefined));
}
