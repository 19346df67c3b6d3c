/** Two kinds of a lost stack's objects can't be imported by the provider. They hold no data, so they are made again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { call, type CivoAccount, type Inputs, listKind } from './api';

const PATIENCE_MS = 60_000;

/** Takes away what is in the place of an object that is about to be made, if it is exactly what will be made there. */
export async function deleteLeftover(kind: string, inputs: Inputs, account: CivoAccount): Promise<void> {
  if (kind === 'SshKey') await removeSshKey(inputs, account);
  if (kind === 'InstanceReservedIpAssignment') await unassign(inputs, account);
}

async function removeSshKey({ name, publicKey }: Inputs, account: CivoAccount): Promise<void> {
  const keys = await listKind('SshKey', {}, account);
  const same = keys.find((key) => key.name === name && keyText(key.public_key) === keyText(publicKey));
  if (same) await call('DELETE', `sshkeys/${same.id}`, account);
}

/** A key without its comment. */
function keyText(line: unknown): string {
  return String(line).trim().split(/\s+/).slice(0, 2).join(' ');
}

/** The machine is without its address for the seconds until it is assigned again. */
async function unassign({ instanceId, reservedIpId }: Inputs, account: CivoAccount): Promise<void> {
  const isAssigned = async () => {
    const address = (await listKind('ReservedIp', {}, account)).find(({ id }) => id === reservedIpId);
    return (address?.assigned_to as { id?: string } | undefined)?.id === instanceId;
  };
  if (!(await isAssigned())) return;
  await call('POST', `ips/${String(reservedIpId)}/actions`, account, '', { action: 'unassign' });
  const deadline = Date.now() + PATIENCE_MS;
  while ((await isAssigned()) && Date.now() < deadline) await sleep(1_000);
}
