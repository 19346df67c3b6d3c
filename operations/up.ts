/**
 * `make up`: `pulumi up`, judged by the guard rails. The state of before is kept as a file, in case that this `up` makes
 * of it what nobody wanted.
 *
 * Before each, not only where data are concerned: which those are is known for certain only afterwards. What an `up` that
 * was killed left is mended first.
 */
import { join } from 'node:path';
import { mend } from './mending';
import { operation, type PulumiCli } from './pulumi';
import { keepState } from './states';

const CHECKOUT = join(__dirname, '..');

async function up(pulumi: PulumiCli, flags: readonly string[]): Promise<void> {
  await mend(pulumi);
  await keepState(pulumi);
  const yes = flags.includes('--yes') ? ['--yes'] : [];
  process.exitCode = await pulumi.shown(['up', '--policy-pack', join(CHECKOUT, 'policies'), ...yes]);
}

operation(up, ['--yes']);
