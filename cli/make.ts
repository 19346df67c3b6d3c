/**
 * `make TARGET`, as an alias of `bin/mastodon TARGET`: `tsx cli/make.ts TARGET [FLAGS]`. Options and arguments come in make's
 * variables, which make puts into the environment: there they need no quoting. MAKE_GIVEN has the names of those on its command line.
 */
import { nearest } from '../lib/nearest';
import type { CommandSpec } from './command';
import { COMMANDS } from './commands';
import { knownVariables, targetOf, type Variables, WrongVariable, wordsOf } from './make-variables';
import { run } from './run';

async function main([target = '', ...flags]: readonly string[], env: Variables): Promise<void> {
  const spec = COMMANDS.find((one) => targetOf(one) === target);
  if (spec === undefined) throw new Error(`make ${target} is not a command: see bin/mastodon --help`);
  try {
    requireKnown(spec, env.MAKE_GIVEN?.split(' ').filter(Boolean) ?? []);
    await run(wordsOf(spec, flags, env));
  } catch (error) {
    if (!(error instanceof WrongVariable)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}

/** @throws WrongVariable if a name on make's command line means nothing to the command */
function requireKnown(spec: CommandSpec, names: readonly string[]): void {
  const known = knownVariables(spec);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = nearest(unknown, known);
  throw new WrongVariable(
    `make ${targetOf(spec)}: the variable ${unknown} is unknown${meant === undefined ? '.' : `; did you mean ${meant}?`} ` +
      `It takes ${known.join(', ')}. Nothing was done.`,
  );
}

void main(process.argv.slice(2), process.env);
