/** The kinds of values that settings have, as zod schemas. Errors are the end of a sentence that begins with the setting. */
import { z } from 'zod';
import { asciiDomain, type Check, domainProblem } from './formats';

/** The server's names, which some variables of Mastodon's follow from. */
export interface Names {
  readonly webDomain: string;
}

/** Variables of Mastodon's environment by their names, each with what it is where the setting has this value. */
export type Variables<T> = Readonly<Record<string, (value: T, names: Names) => string | undefined>>;

/** What the schema says about a setting besides its type; the last call on a schema is `.meta()` with this. */
export interface Manual {
  /** Meaning, unit and limits. */
  readonly description: string;
  /** Valid values. */
  readonly examples?: readonly unknown[];
  /** A default that depends on other settings, or that is not a value, in words. */
  readonly derived?: string;
  /** A secret of the stack, which is set with `--secret` and appears in no message. */
  readonly secret?: boolean;
  /** It may contain a secret, so it appears in no message; the schema's own messages say how to set it. */
  readonly confidential?: boolean;
  /** The question of `bin/mastodon init`. */
  readonly prompt?: string;
  /** The page of docs/ that describes what is in it, where docs/settings.md does not. */
  readonly page?: string;
  /** The variable of Mastodon's environment that it is, as it stands; a list with commas. */
  readonly variable?: string;
  /** Those that follow from it. */
  readonly variables?: Variables<never>;
  /** What is said of unknown keys in it, in place of a list of the known ones. */
  readonly others?: string;
  /** What `bin/mastodon init` shows beside each choice. */
  readonly choices?: Readonly<Record<string, string>>;
}

export const ONE_LINE = 'expected one line of text, without control characters';

/** An environment file can't hold other text, and Mastodon must get it unchanged. */
const isOneLine = (text: string) => !/[^\P{Cc}\t]|\p{Cs}/u.test(text);

const line = z.string().min(1, { abort: true }).refine(isOneLine, { error: ONE_LINE, abort: true });

/** Attaches a check that returns its error. */
export const checked = <T extends z.ZodType<string>>(schema: T, check: Check<string>): T =>
  schema.superRefine((value, context) => {
    const problem = check(value);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });

/** One line of text that is not empty. */
export const text = (check: Check<string> = () => undefined) => checked(line, check);

/** One line of text of this form, which editors check as well. */
export const matching = (pattern: RegExp, error: string) => line.regex(pattern, { error });

/** One line of text that the stack keeps encrypted. */
export const secret = line.brand<'secret'>();
export type Secret = z.output<typeof secret>;

/** A domain in ASCII; Unicode is converted to Punycode. */
export const domainName = text(domainProblem).transform(asciiDomain);

/** Text such as `500` counts as a number: `pulumi config set` stores text. */
export const wholeNumber = (number: z.ZodInt = z.int()) =>
  z.preprocess(
    (given) => (typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given),
    number,
  );

/** The capacity of an object store at Civo, in GB. */
export const storeSize = () => {
  const error = 'expected a multiple of 500: the step of object stores at Civo';
  return wholeNumber(z.int().min(500, { error, abort: true }).multipleOf(500, { error }));
};

export const yesOrNo = z.preprocess(
  (given) => (given === 'true' ? true : given === 'false' ? false : given),
  z.boolean(),
);

/** `reason` ends the error message. */
export const oneOf = <const T extends readonly string[]>(choices: T, reason = '') =>
  z.enum(choices, `expected one of ${choices.join(', ')}${reason}`);

/** Text that is left out where it is empty. */
export const unlessEmpty = <T extends z.ZodType>(schema: T) =>
  z.preprocess((given) => (given === '' ? undefined : given), schema.optional());

/** An object of settings. One that is not given is read as an empty one, so that each missing setting in it is named. */
export const group = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape).prefault({} as never);
