/** What was changed in the web interface since the community's files were applied. */
import type { Server } from '../../community-files/types';
import type { RemoteMachine } from '../lib/ssh';
import { ask } from './ask';
import type { Status } from '../server/status-page';

type Drift = Server['drift'];

const SHOWN = 3;

export const driftOf = (machine: RemoteMachine) => ask<Drift>(machine, 'drift');

/** As a line of `bin/mastodon status`. It is no fault: moderators are free to. */
export function driftCheck(drift: Drift | undefined): Status['checks'][number] {
  return { name: 'community', verdict: 'ok', fact: fact(drift) };
}

function fact(drift: Drift | undefined): string {
  if (drift === undefined) return 'unknown: Mastodon could not be asked';
  if (drift.length === 0) return 'as its files say';
  const names = drift.slice(0, SHOWN).map(({ kind, key }) => `${kind}/${key}`);
  const more = drift.length > SHOWN ? ` and ${String(drift.length - SHOWN)} more` : '';
  return `changed in the web interface: ${names.join(', ')}${more}; bin/mastodon community pull takes it over`;
}
