/**
 * Examines the server from outside, as browsers, apps and other servers do. Each check that fails names the setting
 * that changes it. The variable TOKEN, of an app, opens a stream as that person.
 */
import { messageOf } from '../settings/messageOf';
import { validate } from '../settings/validate';
import { plain, readConfig } from './config';
import { EXAMINATIONS, type Finding, MARKS, type Patient } from './examinations';
import { Machine } from './machine';
import { Outside } from './outside';
import { OperationError, type PulumiCli } from './pulumi';

/** What a program reads of a check. */
interface Reported extends Finding {
  readonly name: string;
}

/** Sets the exit code 1 if something is bad. */
export async function doctor(
  pulumi: PulumiCli,
  { json, mail }: { json: boolean; mail: boolean },
): Promise<void> {
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
    machine: Machine.of(outputs, pulumi.login),
    sendsMail: mail,
  };
  const all: Reported[] = [];
  for (const { name, examine } of EXAMINATIONS) {
    const finding = await examine(patient).catch((error: unknown) => ({
      verdict: 'bad' as const,
      text: messageOf(error),
      remedy: undefined,
    }));
    all.push({ name, ...finding });
    if (!json) print(name, finding);
    if (finding.verdict === 'bad') process.exitCode = 1;
  }
  if (json) console.log(JSON.stringify({ checks: all }, null, 2));
}

function print(name: string, { verdict, text, remedy }: Finding): void {
  console.log(`${MARKS[verdict]} ${name.padEnd(WIDTH)}  ${text}`);
  if (remedy !== undefined) console.log(`  ${' '.repeat(WIDTH)}  → ${remedy}`);
}

const WIDTH = Math.max(...EXAMINATIONS.map(({ name }) => name.length));
