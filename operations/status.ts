/**
 * `make status`: how the machine is, each thing with a verdict and, where it isn't well, with what to do. `FLAGS=--json` prints
 * all of it as JSON. Fails if something is bad.
 */
import { readConfig } from './config';
import { driftCheck, driftOf } from './drift';
import { Machine } from './machine';
import { operation, type PulumiCli } from './pulumi';
import { type Status, statusPage } from './statusPage';

async function status(pulumi: PulumiCli, flags: readonly string[]): Promise<void> {
  const machine = Machine.of(await pulumi.outputs());
  const words = ['sudo', '/usr/local/lib/mastodon/status'];
  const [text, checks] = await Promise.all([
    machine.run(words, { input: 'ignore', output: 'text' }),
    communityChecks(pulumi, machine),
  ]);
  const seen = JSON.parse(text) as Status;
  const found = { ...seen, checks: [...seen.checks, ...checks] };
  process.stdout.write(flags.includes('--json') ? `${JSON.stringify(found, null, 2)}\n` : statusPage(found));
  if (found.verdict === 'bad') process.exitCode = 1;
}

/** A stack without files leaves all to the web interface: then there is nothing to compare, and Rails need not start. */
async function communityChecks(pulumi: PulumiCli, machine: Machine): Promise<Status['checks']> {
  if (!(await readConfig(pulumi)).get('community')?.value) return [];
  return [driftCheck(await driftOf(machine).catch(() => undefined))];
}

operation(status, ['--json']);
