/** A judge of one value: what is wrong with it, as the end of a sentence, or undefined. */
export type Check<T> = (value: T) => string | undefined;

type Fields = Readonly<Record<string, unknown>>;

/** Reads values out of untyped configuration and notes every problem, instead of stopping at the first. */
export class Findings {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  /** Notes a problem: the setting, the value that was given (never a secret's) and what is expected. */
  refuse(path: string, given: unknown, problem: string): void {
    const value = given === undefined ? '' : ` = ${abbreviated(JSON.stringify(given))}`;
    this.problems.push(`${path}${value}: ${problem}`);
  }

  /** The object at a path; anything else is refused and read as an empty one. Unknown keys are refused. */
  object(parent: Fields, path: string, key: string, known: readonly string[]): Fields {
    const value = parent[key] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.refuse(join(path, key), value, `expected an object with ${known.join(', ')}`);
      return {};
    }
    this.onlyKnown(value as Fields, join(path, key), known);
    return value as Fields;
  }

  onlyKnown(fields: Fields, path: string, known: readonly string[]): void {
    for (const key of Object.keys(fields).filter((key) => !known.includes(key))) {
      this.refuse(join(path, key), undefined, `is no setting; expected one of ${known.join(', ')}`);
    }
  }

  /** A text; without a default it must be given. What is refused as none is read as an empty one. */
  text(fields: Fields, path: string, key: string, check?: Check<string>, fallback?: string): string {
    const value = fields[key] ?? fallback;
    const problem =
      value === undefined || value === ''
        ? 'is missing'
        : typeof value !== 'string'
          ? 'expected a text'
          : /[\r\n]/.test(value)
            ? 'expected a single line'
            : check?.(value);
    if (problem) this.refuse(join(path, key), value, problem);
    return typeof value === 'string' ? value : '';
  }

  optionalText(fields: Fields, path: string, key: string, check?: Check<string>): string | undefined {
    return fields[key] === undefined ? undefined : this.text(fields, path, key, check);
  }

  /** A whole number; configuration may hold it as text. */
  integer(fields: Fields, path: string, key: string, check: Check<number>, fallback: number): number {
    const given = fields[key] ?? fallback;
    const value = typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given;
    const problem = Number.isSafeInteger(value) ? check(value as number) : 'expected a whole number';
    if (problem) this.refuse(join(path, key), given, problem);
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

function abbreviated(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
