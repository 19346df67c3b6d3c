/**
 * The stack's state takes over what was changed at Civo, and forgets nothing.
 *
 * Civo's provider takes every failed read for "gone": a plain `pulumi refresh` during an outage of Civo drops existing
 * buckets and machines from the state. So it is tried without effect first, and if an outage begins in between, the
 * state is restored.
 */
import { mend } from './mend';
import { OperationError, type PulumiCli, readJson } from '../lib/pulumi-cli';
import { resourcesIn } from '../lib/state-backups';

/** @param lockOf `user@host` of a lock whose run is known to be over */
export async function refresh(pulumi: PulumiCli, lockOf?: string): Promise<void> {
  // The state that is restored must not be one with operations under way: Pulumi drops them.
  await mend(pulumi, lockOf);
  const state = await pulumi.output(['stack', 'export']);
  const { missing, complaints } = await look(pulumi);
  if (missing.length + complaints.length > 0) throw refusal('Nothing was refreshed', missing, complaints);

  process.stdout.write(await pulumi.output(['refresh', '--yes', '--skip-preview', '--non-interactive']));
  const left = new Set(urns(await pulumi.output(['stack', 'export'])));
  const forgotten = urns(state).filter((urn) => !left.has(urn));
  if (forgotten.length === 0) return;
  await pulumi.output(['stack', 'import'], state);
  throw refusal('The previous state was restored', forgotten);
}

/** What a refresh would drop, and what the provider has to say about it. */
async function look(pulumi: PulumiCli): Promise<{ missing: string[]; complaints: string[] }> {
  const done = await pulumi.run(['refresh', '--preview-only', '--json', '--non-interactive']);
  const { steps = [], diagnostics = [] } = readJson(done) as {
    steps?: { op: string; urn: string }[];
    diagnostics?: { message: string; severity: string }[];
  };
  return {
    missing: steps.filter(({ op }) => op === 'delete').map(({ urn }) => urn),
    complaints: diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ message }) => message.trim()),
  };
}

function refusal(
  what: string,
  missing: readonly string[],
  complaints: readonly string[] = [],
): OperationError {
  const lines = [`${what}: Civo did not show everything that it has to.`, ...complaints];
  if (missing.length > 0) {
    lines.push('These would have been forgotten:', ...missing.map((urn) => `  ${urn}`));
    lines.push(
      "What is really gone, as Civo's dashboard shows, is dropped by its name: pulumi refresh --target 'URN'",
    );
  }
  lines.push(
    'Otherwise Civo may have an outage (https://status.civo.com): run the same command again later.',
  );
  return new OperationError(lines.join('\n'));
}

const urns = (state: string) => resourcesIn(state).map(({ urn }) => urn);
