/**
 * Repairs what a killed run left: its lock, and the objects that it was at.
 *
 * Pulumi notes in the state what it begins, before it does. It can't find out what became of that: a person is asked for
 * each id, on a terminal. So what was being made is looked up at Civo by its name and goes into the state, as Pulumi's own
 * creation would have put it there; the provider reads the rest.
 */
import { messageOf } from '../../lib/message-of';
import type { CivoAccount } from '../../components/civo/api';
import { isCivos, isGone, madeOf, nameOf } from './interrupted';
import { breakDeadLocks } from './locks';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';
import { type Deployment, deploymentIn, keepState, type WholeResource } from '../lib/state-backups';

/**
 * Says whether there was anything to repair.
 * @param lockOf `user@host` of a lock whose run is known to be over
 */
export async function mend(pulumi: PulumiCli, lockOf?: string): Promise<boolean> {
  const stack = await pulumi.stackName();
  const state = await pulumi.output(['stack', 'export']);
  await breakDeadLocks(pulumi, state, lockOf);
  const { pending_operations: pending = [] } = deploymentIn(state);
  // Marked by a run of this that could not read them all.
  const unread = (deploymentIn(state).resources ?? []).filter(
    (one) => one.refreshBeforeUpdate && isCivos(one),
  );
  if (pending.length === 0 && unread.length === 0) return false;

  console.log(`An earlier run on ${stack} was cut short. Looking at Civo what became of it.`);
  if (pending.length > 0) await keepState(pulumi);
  const { mended, toRead } = await settled(deploymentIn(state)).catch((error: unknown) => {
    if (error instanceof OperationError) throw error;
    throw new OperationError(
      `Civo could not be asked: ${messageOf(error)}\n` +
        'The state is as it was. Check CIVO_TOKEN and https://status.civo.com, then run the same command again.',
    );
  });
  const file = JSON.stringify({ ...(JSON.parse(state) as object), deployment: mended });
  await pulumi.output(['stack', 'import'], file);
  await read(pulumi, [...new Set([...unread.map(({ urn }) => urn), ...toRead])], file);
  return true;
}

/** The state without operations that are under way, and what of it has to be read from Civo. */
export async function settled(state: Deployment): Promise<{ mended: Deployment; toRead: string[] }> {
  const { pending_operations: pending = [], ...rest } = state;
  let resources = [...(state.resources ?? [])];
  const toRead: string[] = [];
  for (const { type, resource } of pending) {
    if (!isCivos(resource)) continue; // of the other providers nothing is left outside of the state
    const account = accountOf(resource, resources);
    if (type === 'creating') {
      const known = new Set(resources.flatMap(({ id }) => id ?? []));
      const id = await madeOf(resource, account, known);
      console.log(
        `  ${nameOf(resource)}: ${id === undefined ? 'was not made' : `was made, and is taken over: ${id}`}`,
      );
      if (id === undefined) continue;
      resources = withMade(resources, { ...resource, id });
      toRead.push(resource.urn);
    } else if (type === 'deleting') {
      const gone = await isGone(resource, account);
      console.log(`  ${nameOf(resource)}: ${gone ? 'is deleted' : 'was not deleted yet'}`);
      if (gone) resources = withoutDeleted(resources, resource);
    } else if (type === 'updating') {
      console.log(`  ${nameOf(resource)}: was being changed, and is read again`);
      resources = resources.map((one) =>
        one.urn === resource.urn && !one.delete ? { ...one, refreshBeforeUpdate: true } : one,
      );
      toRead.push(resource.urn);
    }
  }
  return { mended: { ...rest, resources }, toRead };
}

/** The account and region, as the resource's provider in the state has them. */
function accountOf({ provider = '' }: WholeResource, resources: readonly WholeResource[]): CivoAccount {
  const inputs = resources.find(({ urn, id }) => `${urn}::${String(id)}` === provider)?.inputs ?? {};
  const { region, apiEndpoint } = inputs;
  if (typeof region !== 'string')
    throw new OperationError(
      `The state does not say which region of Civo it is about: its provider ${provider} has none.`,
    );
  return { region, ...(typeof apiEndpoint === 'string' && { endpoint: apiEndpoint }) };
}

/** As Pulumi's state is once the creation is through: behind all that it depends on. */
function withMade(resources: readonly WholeResource[], made: WholeResource): WholeResource[] {
  const others = resources
    .filter(({ urn, pendingReplacement }) => urn !== made.urn || !pendingReplacement)
    .map((one) => (one.urn === made.urn ? { ...one, delete: true } : one));
  const { parent, provider = '', dependencies = [], propertyDependencies = {} } = made;
  const needed = new Set([
    parent,
    ...dependencies,
    ...Object.values(propertyDependencies).flatMap((urns) => urns ?? []),
  ]);
  const last = others.findLastIndex(({ urn, id }) => needed.has(urn) || provider === `${urn}::${String(id)}`);
  // What is there is read as by a refresh: from an empty state the provider would import it, which not all kinds can.
  // The mark goes away with the first reading. Should there be none, Pulumi reads it itself in the next `up`.
  const whole = { ...made, outputs: { ...made.inputs, ...idOf(made) }, refreshBeforeUpdate: true };
  return others.toSpliced(last + 1, 0, whole);
}

/** Beside the id of the resource the provider has it among the outputs, as `networkId`: what Civo calls `id`. */
function idOf({ type, id }: WholeResource): object {
  const kind = type.split(':').at(-1) ?? '';
  return { [`${kind.charAt(0).toLowerCase()}${kind.slice(1)}Id`]: id };
}

/** One that was replaced is forgotten; of any other Pulumi remembers that it is to be made again, for what depends on it. */
function withoutDeleted(resources: readonly WholeResource[], gone: WholeResource): WholeResource[] {
  const isIt = ({ urn, id }: WholeResource) => urn === gone.urn && id === gone.id;
  return resources
    .filter((one) => !(isIt(one) && one.delete))
    .map((one) => (isIt(one) ? { ...one, pendingReplacement: true } : one));
}

/** The provider takes every failed read for "gone". Then the state stays as it was before, with the marks. */
async function read(pulumi: PulumiCli, urns: readonly string[], state: string): Promise<void> {
  if (urns.length === 0) return;
  const targets = urns.flatMap((urn) => ['--target', urn]);
  const done = await pulumi.run(['refresh', '--yes', '--skip-preview', '--non-interactive', ...targets]);
  const kept = deploymentIn(await pulumi.output(['stack', 'export'])).resources ?? [];
  const known = new Set(kept.map(({ urn }) => urn));
  const lost = urns.filter((urn) => !known.has(urn));
  if (done.code === 0 && lost.length === 0) return;
  await pulumi.output(['stack', 'import'], state);
  throw new OperationError(
    `Civo did not show what an earlier run was at: ${lost.join(', ')}\n${done.stdout}${done.stderr}\n` +
      'It is not forgotten. Civo may have an outage (https://status.civo.com): run the same command again later.',
  );
}
