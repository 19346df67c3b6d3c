/** Reports how the machine is: each check with a verdict and, where it isn't well, with what to do. */
import { readConfig } from '../lib/stack-config';
import { driftCheck, driftOf } from '../community/web-changes';
import { RemoteMachine } from '../lib/ssh';
import type { PulumiCli } from '../lib/pulumi-cli';
import { type Status, statusPage } from './status-page';

/** Sets the exit code 1 if something is bad. */
export async function status(pulumi: PulumiCli, { json }: { json: boolean }): Promise<void> {
  const machine = RemoteMachine.of(await pulumi.outputs(), pulumi.login);
  const words = ['sudo', '/usr/local/lib/mastodon/status'];
  const [text, checks] = await Promise.all([
    machine.run(words, { input: 'ignore', output: 'text' }),
    communityChecks(pulumi, machine),
  ]);
  const seen = JSON.parse(text) as Status;
  const found = { ...seen, checks: [...seen.checks, ...checks] };
  process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : statusPage(found));
  if (found.verdict === 'bad') process.exitCode = 1;
}

/** A stack without files leaves all to the web interface: then there is nothing to compare, and Rails need not start. */
async function communityChecks(pulumi: PulumiCli, machine: RemoteMachine): Promise<Status['checks']> {
  if (!(await readConfig(pulumi)).get('community')?.value) return [];
  return [driftCheck(await driftOf(machine).catch(() => undefined))];
}
