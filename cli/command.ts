/** What a command declares. From this come its parsing, `--help`, its page in docs/commands, and the completion of shells. */
import type { PulumiCli } from './lib/pulumi-cli';

/** An option of a command. Its key in camelCase is its name: `undoUpgrade` is `--undo-upgrade`. */
export interface OptionSpec {
  /** What it means, without a full stop. */
  readonly meaning: string;
  /** The placeholder of its value, such as `MOMENT`. An option without one is a switch. */
  readonly value?: string;
  /** `text` by default. A `file` is relative to the folder that the command was called in. */
  readonly type?: 'text' | 'file';
  readonly default?: string;
  readonly choices?: readonly string[];
  /** Make's variable of the same meaning, such as `TO`. */
  readonly variable?: string;
  /** The value of that variable that sets the switch. Default: `yes`. */
  readonly when?: string;
}

/** An argument, by its place. */
export interface ArgumentSpec {
  readonly meaning: string;
  readonly optional?: true;
  /** Takes all words that are left. Only the last argument can. */
  readonly many?: true;
  readonly type?: 'text' | 'file';
  readonly choices?: readonly string[];
  /** Make's variable of the same meaning. Of `many` arguments it has words, quoted as in a shell. */
  readonly variable?: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;
export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>;

type OptionValue<S extends OptionSpec> = S extends { value: string }
  ? S extends { default: string }
    ? string
    : string | undefined
  : boolean;

type ArgumentValue<S extends ArgumentSpec> = S extends { many: true }
  ? readonly string[]
  : S extends { optional: true }
    ? string | undefined
    : string;

/** The values that a command was called with. */
export interface Call<O extends OptionSpecs, A extends ArgumentSpecs> {
  readonly options: { readonly [K in keyof O]: OptionValue<O[K]> };
  readonly args: { readonly [K in keyof A]: ArgumentValue<A[K]> };
  /** Pulumi on the stack that was named, or is selected. */
  readonly pulumi: PulumiCli;
  /** The value of `--stack`. */
  readonly stack: string | undefined;
  /** All commands. */
  readonly commands: readonly CommandSpec[];
}

export interface CommandSpec<O extends OptionSpecs = OptionSpecs, A extends ArgumentSpecs = ArgumentSpecs> {
  /** Its words: `status`, `community pull`. With hyphens between them it is make's target. */
  readonly name: string;
  /** One sentence, without a full stop. */
  readonly summary: string;
  /** What else a reader has to know, as Markdown. */
  readonly details?: string;
  readonly options?: O;
  readonly args?: A;
  /** Variables of the environment that it reads, and what they mean. Secrets are given so: process lists show options. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whole command lines, without `bin/mastodon`, and what they do. */
  readonly examples: Readonly<Record<string, string>>;
  /** Options after the first argument belong to the program that it runs. */
  readonly passThrough?: true;
  /**
   * Of a command that makes or only reads the stack that `--stack` names, so that Pulumi does not get the option: which stack
   * it is by default. `STACK` is make's variable for it.
   */
  readonly ownStack?: string;
  /** Loads what it needs only now: `--help` and completion are quick. */
  readonly run: (call: Call<O, A>) => Promise<void>;
}

/** Checks a declaration's types, and forgets them for the list of all commands. */
export function command<const O extends OptionSpecs, const A extends ArgumentSpecs>(
  spec: CommandSpec<O, A>,
): CommandSpec {
  return spec as unknown as CommandSpec;
}

/** Options of every command. */
export const COMMON_OPTIONS = {
  stack: { value: 'NAME', meaning: 'the stack; default: the selected one' },
  local: { meaning: 'the stack of `make local`, in the slot of LOCAL_SLOT (0)' },
  admin: {
    value: 'NAME',
    variable: 'ADMIN',
    meaning: 'the administrator to log in as; default: your own name, or the first one',
  },
  key: { value: 'FILE', type: 'file', variable: 'KEY', meaning: 'your private key, if SSH does not find it' },
  cwd: { value: 'FOLDER', type: 'file', meaning: 'where Pulumi.yaml is; default: this checkout' },
} as const satisfies OptionSpecs;

/** The options of every command, as this one has them. */
export function commonOptions({ ownStack }: Pick<CommandSpec, 'ownStack'>): OptionSpecs {
  if (ownStack === undefined) return COMMON_OPTIONS;
  const { stack } = COMMON_OPTIONS;
  return {
    ...COMMON_OPTIONS,
    stack: { ...stack, variable: 'STACK', meaning: `the stack; default: ${ownStack}` },
  };
}

/** Exit codes of every command. */
export const EXIT_CODES = {
  0: 'done; what was looked at is well',
  1: 'failed, or what was looked at is not well; the message says what to do',
  2: 'the command line is wrong: nothing was done',
} as const;

/** `undoUpgrade` is `--undo-upgrade`. */
export const flagOf = (key: string): string =>
  `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Make's target of a command. */
export const targetOf = ({ name }: Pick<CommandSpec, 'name'>): string => name.replaceAll(' ', '-');
