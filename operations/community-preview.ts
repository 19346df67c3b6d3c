/** Prints what `pulumi up` would change, and what the new suspensions would cost. Changes nothing. */
import { readSound, selectedStack } from './community';
import type { PulumiCli } from './pulumi';
import { costTable, followsLost } from './severs';

export async function preview(pulumi: PulumiCli, community?: string): Promise<void> {
  const { read } = readSound(await selectedStack(pulumi, community));
  const lost = await followsLost(await pulumi.outputs(), read.community.domainBlocks, pulumi.login);
  console.log(costTable(lost));
  console.log(await pulumi.output(['preview', '--diff']));
}
