/**
 * Examines the server from outside, as browsers, apps and other servers do. Each check that fails names the setting
 * that changes it. The variable TOKEN, of an app, opens a stream as that person.
 */
import { messageOf } from '../../lib/message-of';
import { validate } from '../../settings/validate';
import { plain, readConfig } from '../lib/stack-config';
import { CHECKS } from './checks';
import { type Finding, MARKS, type Context } from './finding';
import { RemoteMachine } from '../lib/ssh';
import { Outside } from './probe';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';

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
  const context: Context = {
    settings: validation.settings,
    address: outputs.publicAddress,
    mediaBucket: outputs.buckets?.media.name ?? '',
    outside: new Outside(),
    machine: RemoteMachine.of(outputs, pulumi.login),
    sendsMail: mail,
  };
  const all: Reported[] = [];
  for (const { name, run } of CHECKS) {
    const finding = await run(context).catch((error: unknown) => ({
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
  const indent = ' '.repeat(WIDTH + 4);
  if (remedy !== undefined) console.log(`${indent}→ ${remedy.replaceAll('\n', `\n${indent}  `)}`);
}

const WIDTH = Math.max(...CHECKS.map(({ name }) => name.length));
