/**
 * `make status`: how the machine is, each thing with a verdict and, where it isn't well, with what to do. `FLAGS=--json` prints
 * all of it as JSON. Fails if something is bad.
 */
import { Machine } from './machine';
import { operation, type PulumiCli } from './pulumi';
import { type Status, statusPage } from './statusPage';

async function status(pulumi: PulumiCli, flags: readonly string[]): Promise<void> {
  const machine = Machine.of(await pulumi.outputs());
  const words = ['sudo', '/usr/local/lib/mastodon/status'];
  const text = await machine.run(words, { input: 'ignore', output: 'text' });
  const found = JSON.parse(text) as Status;
  process.stdout.write(flags.includes('--json') ? text : statusPage(found));
  if (found.verdict === 'bad') process.exitCode = 1;
}

operation(status, ['--json']);
