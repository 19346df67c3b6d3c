import * as pulumi from '@pulumi/pulumi';
import { changedEffects, Effects, told } from '../cloud-init/effects';

/** Says, in a preview already, what an `up` does on the machine. What it did last is an output of the stack. */
export function foretell(effects: pulumi.Output<Effects>): void {
  // A state in a folder can't be read while it is written; an up must not fail of that.
  const before = pulumi.output(lastOutputs().catch((): { effects?: Effects } => ({})));
  pulumi.all([before, effects]).apply(([{ effects: last }, now]) => {
    const changes = last ? changedEffects(last, now) : [];
    if (changes.length > 0) void pulumi.log.info(`On the machine, pulumi up ${told(changes)}.`);
  });
}

async function lastOutputs(): Promise<{ effects?: Effects }> {
  const name = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join('/');
  const { outputs } = (await pulumi.runtime.invoke('pulumi:pulumi:readStackOutputs', { name })) as {
    outputs?: { effects?: Effects };
  };
  return outputs ?? {};
}
