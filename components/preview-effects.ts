import * as pulumi from '@pulumi/pulumi';
import { changedEffects, Effects, told } from '../cloud-init/effects';

/** Logs, in a preview too, what an `up` does on the machine: the effects since the last complete one. */
export function reportEffects(before: Promise<Effects | undefined>, effects: pulumi.Output<Effects>): void {
  pulumi.all([before, effects]).apply(([last, now]) => {
    const changes = last ? changedEffects(last, now) : [];
    if (changes.length > 0) void pulumi.log.info(`On the machine, pulumi up ${told(changes)}.`);
  });
}

/** What the stack's outputs show of its last complete `up`. */
export function lastEffects(): Promise<Effects | undefined> {
  // A state in a folder can't be read while it is written; an up must not fail of that.
  return lastOutputs().then(
    ({ effects }) => effects,
    () => undefined,
  );
}

async function lastOutputs(): Promise<{ effects?: Effects }> {
  const name = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join('/');
  const { outputs } = (await pulumi.runtime.invoke('pulumi:pulumi:readStackOutputs', { name })) as {
    outputs?: { effects?: Effects };
  };
  return outputs ?? {};
}
