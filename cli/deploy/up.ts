/**
 * `pulumi up`, judged by the guard rails. The previous state is kept as a file, in case this `up` makes
 * of it what was not wanted.
 *
 * Before each, not only where data are concerned: which those are is known for certain only afterwards. What an `up` that
 * was killed left is repaired first.
 */
import { join } from 'node:path';
import { CHECKOUT } from '../lib/checkout';
import { mend } from './mend';
import type { PulumiCli } from '../lib/pulumi-cli';
import { keepState } from '../lib/state-backups';

export interface Up {
  readonly yes: boolean;
  /** `user@host` of a lock whose run is known to be over. */
  readonly lockOf: string | undefined;
  /** More flags of `pulumi up`. */
  readonly flags: readonly string[];
}

/** The exit code is that of `pulumi up`. */
export async function up(pulumi: PulumiCli, { yes, lockOf, flags }: Up): Promise<void> {
  await mend(pulumi, lockOf);
  await keepState(pulumi);
  const all = [...(yes ? ['--yes'] : []), ...flags];
  process.exitCode = await pulumi.shown(['up', '--policy-pack', join(CHECKOUT, 'policies'), ...all]);
}
