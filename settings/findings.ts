import { closest, distance } from 'fastest-levenshtein';

/** A judge of one value: what is wrong with it, as the end of a sentence, or undefined. */
export type Check<T> = (value: T) => string | undefined;

type Fields = Readonly<Record<string, unknown>>;

/** Reads values out of untyped configuration and notes every problem, instead of stopping at the first. */
export class Findings {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  /** Notes a problem: the setting, the value that was given (never a secret's) and what is expected. */
  refuse(path: string, given: unknown, problem: string): void {
    const text = given === undefined ? '' : JSON.stringify(given);
    // A private key can be pasted into any setting by mistake.
    const value = text === '' || text.includes('PRIVATE KEY') ? '' : ` = ${abbreviated(text)}`;
    this.problems.push(`${path}${value}: ${problem}`);
  }

  /** The object at a path; anything else is refused and read as an empty one. Unknown keys are refused. */
  object(parent: Fields, path: string, key: string, known: readonly string[]): Fields {
    const value = parent[key] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) {
      // What was given is not repeated: there may be a secret in it.
      const given = Array.isArray(value)
        ? 'a list'
        : `a ${typeof value === 'string' ? 'text' : typeof value}`;
      this.refuse(join(path, key), undefined, `is ${given}; expected an object with ${known.join(', ')}`);
      return {};
    }
    this.onlyKnown(value as Fields, join(path, key), known);
    return value as Fields;
  }

  onlyKnown(fields: Fields, path: string, known: readonly string[]): void {
    for (const key of Object.keys(fields).filter((key) => !known.includes(key))) {
      const meant = nearest(key, known);
      const remedy = meant ? `did you mean ${join(path, meant)}?` : `expected one of ${known.join(', ')}`;
      this.refuse(join(path, key), undefined, `is no setting; ${remedy}`);
    }
  }

  /** A text; without a default it must be given. What is refused is read as an empty one. */
  text(fields: Fields, path: string, key: string, check?: Check<string>, fallback?: string): string {
    const value = fields[key] ?? fallback;
    const problem = textProblem(join(path, key), value, check);
    if (problem) this.refuse(join(path, key), value, problem);
    return typeof value === 'string' && !problem ? value : '';
  }

  optionalText(fields: Fields, path: string, key: string, check?: Check<string>): string | undefined {
    return fields[key] === undefined ? undefined : this.text(fields, path, key, check);
  }

  /** One line of text that must be given. A wrong one is not repeated, as it may be right but for a typing mistake. */
  secret(fields: Fields, path: string, key: string): string {
    const value = fields[key];
    if (typeof value === 'string' && value !== '' && isOneLine(value)) return value;
    const problem = value === undefined || value === '' ? 'is missing' : `expected ${ONE_LINE}`;
    const remedy = `set it: pulumi config set --secret --path ${join(path, key)}`;
    this.refuse(join(path, key), undefined, `${problem}; ${remedy}`);
    return '';
  }

  /** A whole number; configuration may hold it as text. */
  integer(fields: Fields, path: string, key: string, check: Check<number>, fallback: number): number {
    const given = fields[key] ?? fallback;
    const value = typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given;
    const problem = Number.isSafeInteger(value) ? check(value as number) : 'expected a whole number';
    if (problem) this.refuse(join(path, key), value, problem);
    return value as number;
  }

  boolean(fields: Fields, path: string, key: string, fallback: boolean): boolean {
    const given = fields[key] ?? fallback;
    if (given === true || given === 'true') return true;
    if (given !== false && given !== 'false') this.refuse(join(path, key), given, 'expected true or false');
    return false;
  }

  /** A list; anything else is refused and read as an empty one. */
  list(fields: Fields, path: string, key: string, expected: string): readonly unknown[] {
    const value = fields[key] ?? [];
    if (Array.isArray(value)) return value as unknown[];
    this.refuse(join(path, key), value, `expected ${expected}`);
    return [];
  }
}

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** The command that gives a setting its value, as it is typed into a shell. */
export function setCommand(path: string, value = 'VALUE'): string {
  return `pulumi config set ${/[.[]/.test(path) ? `--path '${path}'` : path} ${value}`;
}

/** What an environment file can hold, which has no way to write anything else: Mastodon gets it as it was given. */
function isOneLine(text: string): boolean {
  return !/[^\P{Cc}\t]|\p{Cs}/u.test(text);
}

const ONE_LINE = 'one line of text, without control characters';

function textProblem(path: string, value: unknown, check?: Check<string>): string | undefined {
  if (value === undefined || value === '') return `is missing; set it: ${setCommand(path)}`;
  if (typeof value !== 'string') return 'expected a text; put it in quotes';
  if (!isOneLine(value)) return `expected ${ONE_LINE}`;
  return check?.(value);
}

/** The known key that was probably meant: `web-domain` for `webDomain`, `domian` for `domain`. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, '');
  const names = known.map(plain);
  const best = closest(plain(key), names);
  return distance(plain(key), best) <= key.length / 3 ? known[names.indexOf(best)] : undefined;
}

function abbreviated(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
