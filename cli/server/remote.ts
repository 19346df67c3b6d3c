/** Commands on the stack's machine: a shell, logs, Rails' console, tootctl. */
import { shellQuoted } from '../../lib/shell-quoted';
import { RemoteMachine } from '../lib/ssh';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';

const IN_MASTODON = 'sudo /usr/local/lib/mastodon/in-mastodon';

// The exit code of the last command there is not a failure of ours.
export const shell = (pulumi: PulumiCli) => onMachine(pulumi, 'bash --login || true');

export const console = (pulumi: PulumiCli) => onMachine(pulumi, `${IN_MASTODON} bin/rails console`);

export const tootctl = (pulumi: PulumiCli, words: readonly string[]) =>
  onMachine(
    pulumi,
    `${IN_MASTODON} tootctl ${words.length === 0 ? 'help' : words.map(shellQuoted).join(' ')}`,
  );

/**
 * Prints the log since a moment, or follows it.
 * @param unit such as `web`, `web@1` or `mastodon-backup`; default: all of them
 */
export async function logs(
  pulumi: PulumiCli,
  { unit = '*', since }: { unit: string | undefined; since: string | undefined },
): Promise<void> {
  if (!/^[\w@.*-]+$/.test(unit)) {
    throw new OperationError(`${unit} is no unit; expected a name such as web, sidekiq, streaming or backup`);
  }
  const when = since === undefined ? '--lines=100 --follow' : `--no-pager --since=${shellQuoted(since)}`;
  const pattern = shellQuoted(`mastodon-${unit.replace(/^mastodon-/, '')}*`);
  await onMachine(pulumi, `sudo journalctl ${when} --unit=${pattern} || true`);
}

async function onMachine(pulumi: PulumiCli, line: string): Promise<void> {
  await RemoteMachine.of(await pulumi.outputs(), pulumi.login).run(['bash', '-c', line]);
}
