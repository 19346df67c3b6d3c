/**
 * `make restore`: the database goes back to its newest state, to a moment (`TO='2026-11-23 05:00+00'`), or to a dump
 * (`DUMP=name`, `DUMP=newest`; with `FROM=secondary` from the second object store). The machine shows what there is and asks
 * before it overwrites anything; `UPGRADE=undo` goes back before the last upgrade of Mastodon, and to the release of then; `YES=yes` answers, `LIST=yes` only shows.
 */
import { Machine } from './machine';
import { given, operation, OperationError, type PulumiCli } from './pulumi';

async function restore(pulumi: PulumiCli): Promise<void> {
  const target = restoreTarget();
  const machine = Machine.of(await pulumi.outputs());
  await machine.run([
    'sudo',
    'mastodon-restore',
    ...target,
    ...(given('YES') === undefined ? [] : ['--yes']),
  ]);
}

function restoreTarget(): string[] {
  const to = given('TO');
  const dump = given('DUMP');
  if (to !== undefined && dump !== undefined) {
    throw new OperationError('TO and DUMP are both given; expected a moment, or the name of a dump.');
  }
  if (given('LIST') !== undefined) return ['--list'];
  if (given('UPGRADE') === 'undo') return ['--undo-upgrade'];
  if (to !== undefined) return ['--to', to];
  if (dump === undefined) return ['--newest'];
  const from = given('FROM');
  return ['--dump', dump, ...(from === undefined ? [] : ['--from', from])];
}

operation(restore);
