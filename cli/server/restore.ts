/** Restores the database. The machine shows what there is, and asks before it overwrites anything. */
import { RemoteMachine } from '../lib/ssh';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';

export interface Restore {
  /** A moment to restore to. */
  readonly to: string | undefined;
  /** The name of a dump, or `newest`. */
  readonly dump: string | undefined;
  /** The object store that the dump is read from; `secondary` is the second one. */
  readonly from: string | undefined;
  /** Restores the state before the last upgrade of Mastodon, and the release of that time. */
  readonly undoUpgrade: boolean;
  /** Only shows what there is. */
  readonly list: boolean;
  /** Answers the question. */
  readonly yes: boolean;
}

/** Without a target: the newest state. */
export async function restore(pulumi: PulumiCli, options: Restore): Promise<void> {
  const target = targetOf(options);
  const machine = RemoteMachine.of(await pulumi.outputs(), pulumi.login);
  await machine.run(['sudo', 'mastodon-restore', ...target, ...(options.yes ? ['--yes'] : [])]);
}

function targetOf({ to, dump, from, undoUpgrade, list }: Restore): string[] {
  if (to !== undefined && dump !== undefined) {
    throw new OperationError('--to and --dump are both given; expected a moment, or the name of a dump.');
  }
  if (undoUpgrade && (to ?? dump) !== undefined) {
    throw new OperationError(
      '--undo-upgrade restores a state of its own; it can not be given with --to or --dump.',
    );
  }
  if (from !== undefined && dump === undefined) {
    throw new OperationError(
      `--from ${from} is where a dump is; expected --dump NAME or --dump newest beside it.`,
    );
  }
  if (list) return ['--list'];
  if (undoUpgrade) return ['--undo-upgrade'];
  if (to !== undefined) return ['--to', to];
  if (dump === undefined) return ['--newest'];
  return ['--dump', dump, ...(from === undefined ? [] : ['--from', from])];
}
