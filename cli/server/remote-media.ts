/** Copies of other servers' media on the stack's machine, and the limit of what they may take. */
import { isFields } from '../../lib/is-fields';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';
import { RemoteMachine } from '../lib/ssh';
import { readConfig } from '../lib/stack-config';

/** @throws OperationError if the limit is no whole number of GB */
export async function remoteMedia(
  pulumi: PulumiCli,
  { gb, agree }: { gb: string | undefined; agree: boolean },
): Promise<void> {
  if (gb !== undefined && !/^\d{1,6}$/.test(gb))
    throw new OperationError(`--gb ${gb} is no size; expected a whole number of GB, such as 100`);
  if (gb !== undefined && agree)
    throw new OperationError(
      '--agree is for the limit of the setting housekeeping.remoteMediaGb, without --gb',
    );
  const machine = RemoteMachine.of(await pulumi.outputs(), pulumi.login);
  const limit = gb ?? (await limitOf(pulumi));
  await machine.run(['sudo', 'mastodonctl', 'remote-media', agree ? 'agree' : 'show', limit]);
}

/** As the stack's settings have it now. */
async function limitOf(pulumi: PulumiCli): Promise<string> {
  const housekeeping = (await readConfig(pulumi)).get('housekeeping')?.value;
  const given = isFields(housekeeping) ? housekeeping.remoteMediaGb : undefined;
  const limit = typeof given === 'string' || typeof given === 'number' ? String(given) : '0';
  if (!/^\d{1,6}$/.test(limit))
    throw new OperationError(
      `housekeeping.remoteMediaGb = ${limit}: expected a whole number of GB; pulumi preview says more`,
    );
  return limit;
}
