/** What became at Civo of an object that a run was at when it was killed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  call,
  type CivoAccount,
  findAll,
  type FindableKind,
  type Inputs,
  isFindable,
  type Listed,
  listKind,
} from '../../components/civo/api';
import { OperationError } from '../lib/pulumi-cli';
import type { WholeResource } from '../lib/state-backups';

const POLL_MS = 3_000;
/** As long as the program gives Civo to make a machine. */
const PATIENCE_MS = 20 * 60_000;

const ASSIGNMENT = 'InstanceReservedIpAssignment';

/** What the state has of it. */
export type Interrupted = Pick<WholeResource, 'urn' | 'id' | 'type' | 'inputs'>;

export const isCivos = ({ type }: Interrupted) => type.startsWith('civo:');

const kindOf = ({ type }: Interrupted) => type.split(':').at(-1) ?? type;

/** As people call it. */
export function nameOf(resource: Interrupted): string {
  const { hostname, label, name } = resource.inputs ?? {};
  const names = [hostname, label, name, resource.urn.split('::').at(-1)];
  return `${kindOf(resource)} ${String(names.find((one) => typeof one === 'string'))}`;
}

/**
 * The id of what was made, once it is finished; nothing where nothing was made.
 * @param known ids that the stack knows already: these are others
 */
export async function madeOf(
  resource: Interrupted,
  account: CivoAccount,
  known: ReadonlySet<string>,
): Promise<string | undefined> {
  const { inputs = {} } = resource;
  const kind = kindOf(resource);
  if (kind === ASSIGNMENT) return assignmentOf(inputs, account);
  if (!isFindable(kind)) return undefined;
  const found = (await findAll(kind, inputs, account)).filter(({ id }) => !known.has(id));
  if (found.length > 1)
    throw new OperationError(
      `Civo has ${String(found.length)} of ${nameOf(resource)}, and it is unknown which one the run made. ` +
        "Remove those that are too many in Civo's dashboard, then run the same command again.",
    );
  const [object] = found;
  if (object === undefined) return undefined;
  const look = async () => (await listKind(kind, inputs, account)).find(({ id }) => id === object.id);
  await until(`Civo to finish ${nameOf(resource)}`, async () => {
    const now = (await look()) ?? object;
    if (String(now.status).toLowerCase() === 'failed')
      throw new OperationError(
        `Civo could not make ${nameOf(resource)}. It is new and empty: remove it in Civo's dashboard, then run the same command again.`,
      );
    return isFinished(kind, now);
  });
  if (kind === 'Network') await requireDefaultFirewall(object, inputs, account);
  return object.id;
}

function isFinished(kind: FindableKind, { status, ip }: Listed): boolean {
  if (kind === 'Instance') return status === 'ACTIVE';
  if (kind === 'ReservedIp') return typeof ip === 'string' && ip !== '';
  if (kind === 'ObjectStore' || kind === 'ObjectStoreCredential') return status === 'ready';
  return true;
}

/** The provider makes a firewall along with a network, in a second call that it never does again. */
async function requireDefaultFirewall(
  { id }: Listed,
  { label }: Inputs,
  account: CivoAccount,
): Promise<void> {
  const name = `${String(label)}-default`;
  const firewalls = await listKind('Firewall', {}, account);
  if (firewalls.some((firewall) => firewall.name === name && firewall.network_id === id)) return;
  await call('POST', 'firewalls', account, '', { name, network_id: id, region: account.region });
}

/** An assignment has no id at Civo: the provider makes one up. */
async function assignmentOf(
  { instanceId, reservedIpId }: Inputs,
  account: CivoAccount,
): Promise<string | undefined> {
  const address = (await listKind('ReservedIp', {}, account)).find(({ id }) => id === reservedIpId);
  if (!isAssigned(address, instanceId)) return undefined;
  await until('Civo to give the machine its address', async () => {
    const machine = (await listKind('Instance', {}, account)).find(({ id }) => id === instanceId);
    return machine?.public_ip === address?.ip;
  });
  return randomUUID();
}

const isAssigned = (address: Listed | undefined, instanceId: unknown) =>
  (address?.assigned_to as { id?: string } | undefined)?.id === instanceId;

/** Whether what was being deleted is gone. What Civo has begun to delete is waited for. */
export async function isGone(resource: Interrupted, account: CivoAccount): Promise<boolean> {
  const { inputs = {} } = resource;
  const kind = kindOf(resource);
  if (kind === ASSIGNMENT) {
    const address = (await listKind('ReservedIp', {}, account)).find(({ id }) => id === inputs.reservedIpId);
    return !isAssigned(address, inputs.instanceId);
  }
  if (!isFindable(kind)) return false;
  const look = async () => (await listKind(kind, inputs, account)).find(({ id }) => id === resource.id);
  const going = (object?: Listed) => String(object?.status).toLowerCase() === 'deleting';
  if (going(await look()))
    await until(`Civo to delete ${nameOf(resource)}`, async () => !going(await look()));
  return (await look()) === undefined;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let told = false; !(await holds()); told = true) {
    if (Date.now() > deadline)
      throw new OperationError(
        `Waited 20 minutes for ${what}, in vain. See Civo's dashboard, then run the same command again.`,
      );
    if (!told) console.log(`Waiting for ${what} …`);
    await sleep(POLL_MS);
  }
}
