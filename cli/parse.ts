/** Parses command lines by the declarations, with commander. */
import { resolve } from 'node:path';
import { Argument, Command, CommanderError, Option } from 'commander';
import { CHECKOUT, fromCaller } from './lib/checkout';
import { type CommandSpec, commonOptions, EXIT_CODES, flagOf, type OptionSpec } from './command';
import { COMMANDS, GROUPS } from './commands';

/** A command line, understood. */
export interface Parsed {
  readonly spec: CommandSpec;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly args: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** A wrong command line, or a wish for help. Its message is on the terminal already. */
export class Unparsed extends Error {
  constructor(readonly exitCode: number) {
    super(`exit code ${String(exitCode)}`);
  }
}

/** Where help and messages go. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const TERMINAL: Output = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
};

/** @throws Unparsed if the words are no command line, or ask for help */
export function parse(words: readonly string[], output = TERMINAL): Parsed {
  let parsed: Parsed | undefined;
  const program = programOf(output, (result) => (parsed = result));
  try {
    program.parse(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw new Unparsed(error.exitCode === 0 ? 0 : 2);
    throw error;
  }
  if (parsed === undefined) throw new Unparsed(2);
  return parsed;
}

/** The text of a command's `--help`, or of the whole program's. */
export function helpOf(name?: string): string {
  let help = '';
  const output = { out: (text: string) => (help += text), err: () => undefined };
  try {
    parse([...(name?.split(' ') ?? []), '--help'], output);
  } catch (error) {
    if (!(error instanceof Unparsed)) throw error;
  }
  return help;
}

function programOf(output: Output, found: (parsed: Parsed) => void): Command {
  const program = new Command('mastodon')
    .description('Runs a Mastodon server on Civo.')
    .usage('COMMAND [OPTIONS]')
    .enablePositionalOptions()
    .showHelpAfterError('(mastodon --help lists all commands.)')
    .exitOverride()
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .addHelpText('after', `\nExit codes:\n${exitCodes()}\n\nEach command has a --help of its own.`);
  for (const { title, commands } of GROUPS)
    for (const spec of commands) {
      const [first = '', second] = spec.name.split(' ');
      const parent = second === undefined ? program : groupIn(program, first, title);
      const made = declared(parent.command(second ?? first), spec, found);
      if (parent === program) made.helpGroup(`${title}:`);
    }
  return program;
}

/** The command that holds the commands of two words, such as `community pull`. */
function groupIn(program: Command, name: string, title: string): Command {
  const known = program.commands.find((one) => one.name() === name);
  if (known) return known;
  const members = COMMANDS.filter((one) => one.name.startsWith(`${name} `)).map(
    (one) => one.name.split(' ')[1] ?? '',
  );
  return program
    .command(name)
    .description(`One of: ${members.join(', ')}.`)
    .usage('COMMAND [OPTIONS]')
    .helpGroup(`${title}:`)
    .showHelpAfterError(`(mastodon ${name} --help lists them.)`)
    .enablePositionalOptions();
}

function declared(made: Command, spec: CommandSpec, found: (parsed: Parsed) => void): Command {
  const { name, summary, details, options = {}, args = {}, environment = {}, examples } = spec;
  made
    .summary(summary)
    .description(`${summary}.${details === undefined ? '' : `\n\n${details}`}`)
    .showHelpAfterError(`(mastodon ${name} --help has its options.)`)
    .passThroughOptions(spec.passThrough ?? false);
  for (const [key, option] of Object.entries(options)) made.addOption(commanderOption(key, option));
  for (const [key, option] of Object.entries(commonOptions(spec)))
    made.addOption(commanderOption(key, option).helpGroup('Options of every command:'));
  for (const [key, { meaning, optional, many, choices }] of Object.entries(args)) {
    const label = `${key}${many ? '...' : ''}`;
    const argument = new Argument(optional ? `[${label}]` : `<${label}>`, meaning);
    made.addArgument(choices === undefined ? argument : argument.choices([...choices]));
  }
  const variables = Object.entries(environment).map(([key, meaning]) => `  ${key}  ${meaning}`);
  if (variables.length > 0) made.addHelpText('after', `\nEnvironment:\n${variables.join('\n')}`);
  const lines = Object.entries(examples).map(([line, meaning]) => `  bin/mastodon ${line}\n      ${meaning}`);
  made.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  return made.action((...given: unknown[]) => {
    const { cwd = CHECKOUT } = made.opts<{ cwd?: string }>();
    found({ spec, options: optionsOf(made, spec, cwd), args: argumentsOf(given, spec, cwd) });
  });
}

function commanderOption(key: string, { value, meaning, choices, ...spec }: OptionSpec): Option {
  const option = new Option(value === undefined ? flagOf(key) : `${flagOf(key)} <${value}>`, meaning);
  if (spec.default !== undefined) option.default(spec.default);
  return choices === undefined ? option : option.choices([...choices]);
}

/** @param cwd where the command runs */
function optionsOf(made: Command, spec: CommandSpec, cwd: string): Parsed['options'] {
  const given = made.opts<Record<string, string | true>>();
  const all = Object.entries({ ...commonOptions(spec), ...spec.options });
  return Object.fromEntries(
    all.map(([key, { value, type }]) => [
      key,
      value === undefined ? isSet(given, key) : located(given[key] as string | undefined, type, cwd),
    ]),
  );
}

/** Commander keeps `--no-mail` as `mail`, which is true unless that is given. */
function isSet(given: Readonly<Record<string, unknown>>, key: string): boolean {
  const option = new Option(flagOf(key));
  return given[option.attributeName()] === !option.negate;
}

function argumentsOf(given: readonly unknown[], { args = {} }: CommandSpec, cwd: string): Parsed['args'] {
  return Object.fromEntries(
    Object.entries(args).map(([key, { type, many }], index) => {
      const value = given[index] as string | string[] | undefined;
      return [key, many ? (value ?? []) : located(value as string | undefined, type, cwd)];
    }),
  );
}

const located = (value: string | undefined, type: OptionSpec['type'], cwd: string) =>
  value !== undefined && type === 'file' ? fromCaller(value, resolve(cwd)) : value;

export const exitCodes = () =>
  Object.entries(EXIT_CODES)
    .map(([code, meaning]) => `  ${code}  ${meaning}`)
    .join('\n');
