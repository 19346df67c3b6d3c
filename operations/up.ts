/**
 * `make up`: `pulumi up`, judged by the guard rails. The state of before is kept as a file, in case that this `up` makes
 * of it what nobody wanted: `pulumi stack import --file FILE` brings it back. Its secrets stay encrypted.
 *
 * Before each, not only where data are concerned: which those are is known for certain only afterwards.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { given, operation, type PulumiCli } from './pulumi';

const CHECKOUT = join(__dirname, '..');

async function up(pulumi: PulumiCli, flags: readonly string[]): Promise<void> {
  const stack = await pulumi.stackName();
  const state = await pulumi.output(['stack', 'export']);
  const folder = given('STATES') ?? join(CHECKOUT, '.local', 'states');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${stack}-${new Date().toISOString().replaceAll(':', '')}.json`);
  writeFileSync(file, state, { mode: 0o600 });
  console.log(`The state of before: ${file}`);
  const yes = flags.includes('--yes') ? ['--yes'] : [];
  process.exitCode = await pulumi.shown(['up', '--policy-pack', join(CHECKOUT, 'policies'), ...yes]);
}

operation(up, ['--yes']);
