/**
 * `make doctor`: looks at the server from outside, as browsers, apps and other servers do, and says of each thing that isn't as
 * it should be which setting changes it. `MAIL=no` sends no test message; `TOKEN=…`, of an app, opens a stream as that person.
 */
import { validate } from '../settings/validate';
import { plain, readConfig } from './config';
import { EXAMINATIONS, MARKS, type Patient } from './examinations';
import { Machine } from './machine';
import { Outside } from './outside';
import { operation, OperationError, type PulumiCli } from './pulumi';

async function doctor(pulumi: PulumiCli): Promise<void> {
  const outputs = await pulumi.outputs();
  if (outputs.publicAddress === undefined) {
    throw new OperationError('This stack has no server. Let "pulumi up" come to its end first.');
  }
  const validation = validate(plain(await readConfig(pulumi)));
  if ('problems' in validation) {
    throw new OperationError(`First these settings have to be right:\n  ${validation.problems.join('\n  ')}`);
  }
  const patient: Patient = {
    settings: validation.settings,
    address: outputs.publicAddress,
    mediaBucket: outputs.buckets?.media.name ?? '',
    outside: new Outside(),
    machine: Machine.of(outputs),
  };
  for (const { name, examine } of EXAMINATIONS) {
    const { verdict, text, remedy } = await examine(patient).catch((error: unknown) => ({
      verdict: 'bad' as const,
      text: error instanceof Error ? error.message : String(error),
      remedy: undefined,
    }));
    console.log(`${MARKS[verdict]} ${name.padEnd(WIDTH)}  ${text}`);
    if (remedy !== undefined) console.log(`  ${' '.repeat(WIDTH)}  → ${remedy}`);
    if (verdict === 'bad') process.exitCode = 1;
  }
}

const WIDTH = Math.max(...EXAMINATIONS.map(({ name }) => name.length));

operation(doctor);
