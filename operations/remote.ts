/**
 * `make ssh`, `make logs [UNIT=web] [SINCE='1 hour ago']`, `make console` and `make tootctl ARGS='accounts modify alice --role Admin'`:
 * on the stack's machine, whose host key is verified.
 */
import { Machine } from './machine';
import { given, operation, OperationError, type PulumiCli } from './pulumi';

const IN_MASTODON = 'sudo /usr/local/lib/mastodon/in-mastodon';

/** What each of them is in the machine's shell. */
const COMMANDS: Readonly<Record<string, () => string>> = {
  // What the last command there ended with is no failure of ours.
  ssh: () => 'bash --login || true',
  logs: () => `sudo journalctl ${logOptions()} || true`,
  console: () => `${IN_MASTODON} bin/rails console`,
  tootctl: () => `${IN_MASTODON} tootctl ${given('ARGS') ?? 'help'}`,
};

/** With a beginning they end; without one they go on as things happen. */
function logOptions(): string {
  const unit = given('UNIT') ?? '*';
  if (!/^[\w@.*-]+$/.test(unit)) {
    throw new OperationError(
      `UNIT=${unit} is no unit; expected a name such as web, sidekiq, streaming or backup`,
    );
  }
  const since = given('SINCE');
  const when =
    since === undefined ? '--lines=100 --follow' : `--no-pager --since='${since.replaceAll("'", '')}'`;
  return `${when} --unit='mastodon-${unit}*'`;
}

async function remote(pulumi: PulumiCli, [name = '']: readonly string[]): Promise<void> {
  const line = COMMANDS[name]?.();
  if (line === undefined) {
    throw new OperationError(`'${name}' is unknown; expected one of ${Object.keys(COMMANDS).join(', ')}`);
  }
  await Machine.of(await pulumi.outputs()).run(['bash', '-c', line]);
}

operation(remote, Object.keys(COMMANDS));
