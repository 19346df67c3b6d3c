/** Runs a command line: parses it, opens the stack, and turns what happens into an exit code. */
import { spawnSync } from 'node:child_process';
import { CHECKOUT } from './lib/checkout';
import { PulumiCli, reportFailure } from './lib/pulumi-cli';
import { COMMANDS } from './commands';
import type { LocalStack } from './local-stack';
import { parse, type Parsed, Unparsed } from './parse';

/** Sets the exit code of this process. */
export async function run(words: readonly string[]): Promise<void> {
  try {
    await carryOut(parse(words));
  } catch (error) {
    if (error instanceof Unparsed) process.exitCode = error.exitCode;
    else reportFailure(error);
  }
}

async function carryOut({ spec, options, args }: Parsed): Promise<void> {
  const local = options.local === true ? await localStack() : undefined;
  if (local?.restarted) return;
  const text = (key: string) => options[key] as string | undefined;
  process.chdir(text('cwd') ?? CHECKOUT);
  const stack = text('stack') ?? local?.stack;
  const flags = stack === undefined || spec.ownStack ? [] : ['--stack', stack];
  const login = { admin: text('admin') ?? local?.admin, key: text('key') ?? local?.key };
  const pulumi = new PulumiCli({ flags, login, settings: local?.configFile });
  // The parser has checked both against the declaration.
  await spec.run({ options, args, pulumi, stack, commands: COMMANDS } as Parameters<typeof spec.run>[0]);
}

/** The stack of `make local`, and whether the command runs in its environment, in another process. */
async function localStack(): Promise<LocalStack & { restarted: boolean }> {
  const { environmentOf, readLocalStack } = await import('./local-stack');
  const stack = readLocalStack();
  return { ...stack, restarted: restartedIn(environmentOf(stack, process.env)) };
}

/** Set in a process that has the local stack's environment. */
const RESTARTED = 'MASTODON_LOCAL_ENVIRONMENT';

/**
 * Runs the same command line in an environment, unless this process is that one. Node reads some of it only when it starts, such
 * as NODE_EXTRA_CA_CERTS.
 */
function restartedIn(env: NodeJS.ProcessEnv): boolean {
  if (process.env[RESTARTED] === 'yes') return false;
  const { status } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...env, [RESTARTED]: 'yes' },
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
  return true;
}
