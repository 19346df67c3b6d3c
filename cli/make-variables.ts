/** Make's variables, and the command line that they stand for. */
import {
  type ArgumentSpec,
  type CommandSpec,
  commonOptions,
  flagOf,
  type OptionSpec,
  targetOf,
} from './command';

export { targetOf };

export type Variables = Readonly<Record<string, string | undefined>>;

/** A variable that is unknown, or has a value that it can't have. */
export class WrongVariable extends Error {}

/** The variables that a command's target takes. */
export function knownVariables(spec: CommandSpec): string[] {
  const { args = {}, environment = {} } = spec;
  const named = [...optionsOf(spec), ...Object.entries(args)].flatMap(([, { variable }]) => variable ?? []);
  return [...new Set([...named, ...Object.keys(environment), 'FLAGS', 'LOCAL_SLOT'])];
}

/**
 * A command line for `bin/mastodon`.
 * @param flags what FLAGS had, in words
 * @throws WrongVariable if a switch has a value that it can't have
 */
export function wordsOf(spec: CommandSpec, flags: readonly string[], variables: Variables): string[] {
  const options = optionsOf(spec).flatMap(([key, option]) => {
    const value = valueOf(option, variables);
    if (value === undefined) return [];
    if (option.value !== undefined) return [`${flagOf(key)}=${value}`];
    return isSet(option, value, targetOf(spec)) ? [flagOf(key)] : [];
  });
  const args = Object.values(spec.args ?? {}).flatMap((argument) => {
    const value = valueOf(argument, variables);
    if (value === undefined) return [];
    return argument.many ? shellWords(value) : [value];
  });
  return [...spec.name.split(' '), ...options, ...flags, ...(args.length > 0 ? ['--', ...args] : [])];
}

function optionsOf(spec: CommandSpec): [string, OptionSpec][] {
  return Object.entries({ ...commonOptions(spec), ...spec.options });
}

/** Empty is not given. */
const valueOf = ({ variable = '' }: OptionSpec | ArgumentSpec, variables: Variables) =>
  variables[variable]?.trim() || undefined;

function isSet({ variable = '', when = 'yes' }: OptionSpec, value: string, target: string): boolean {
  const yes = when === 'yes' ? ['yes', 'true', '1'] : [when];
  if (yes.includes(value)) return true;
  const no = when === 'no' ? ['yes', 'true', '1'] : ['no', 'false', '0'];
  if (no.includes(value)) return false;
  throw new WrongVariable(
    `make ${target}: ${variable}=${value}; expected ${variable}=${when}, or leave it out.`,
  );
}

/** Words with quotes around spaces, as a shell has them; nothing in them is expanded. */
export function shellWords(text: string): string[] {
  const words = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );
}
