/** `make community-preview`: what `pulumi up` would change, and what the new suspensions would cost. Changes nothing. */
import { readSound, selectedStack } from './community';
import { operation, type PulumiCli } from './pulumi';
import { costTable, followsLost } from './severs';

async function preview(pulumi: PulumiCli): Promise<void> {
  const { read } = readSound(await selectedStack(pulumi));
  console.log(costTable(await followsLost(await pulumi.outputs(), read.community.domainBlocks)));
  console.log(await pulumi.output(['preview', '--diff']));
}

operation(preview);
