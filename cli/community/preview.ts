/** Prints what `pulumi up` would change, and what the new suspensions would cost. Changes nothing. */
import { readSound, selectedStack } from './stacks';
import type { PulumiCli } from '../lib/pulumi-cli';
import { costTable, followsLost } from './lost-follows';

export async function preview(pulumi: PulumiCli, community?: string): Promise<void> {
  const { read } = readSound(await selectedStack(pulumi, community));
  const lost = await followsLost(await pulumi.outputs(), read.community.domainBlocks, pulumi.login);
  console.log(costTable(lost));
  console.log(await pulumi.output(['preview', '--diff']));
}
