import { shellQuoted } from '../lib/shell-quoted';

/** What a placeholder stands for; a list becomes the words of a shell array. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

/** One file of the bundle. */
export interface BundleFile {
  /** Path inside the bundle, with `/`. */
  readonly path: string;
  readonly mode: '755' | '644' | '600';
  readonly content: string;
}

const PLACEHOLDER = /\{\{(\w+(?:\.\w+)*)\}\}/g;

/**
 * Puts the values into a file's `{{placeholders}}`. In shell files (`*.sh`) each value is quoted for the shell;
 * elsewhere it stands as it is. A used name is added to `used`.
 * @throws Error if a placeholder has no value, or a value can't be written in that kind of file.
 */
export function render(path: string, text: string, values: Values, used: Set<string>): string {
  return text.replace(PLACEHOLDER, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${path}: no value for the placeholder {{${name}}}`);
    used.add(name);
    if (path.endsWith('.sh'))
      return typeof value === 'string' ? shellQuoted(value) : value.map(shellQuoted).join(' ');
    if (typeof value !== 'string')
      throw new Error(`${path}: {{${name}}} is a list; lists fit only shell files`);
    if (path.endsWith('.env') && value.includes('\n')) {
      throw new Error(
        `${path}: the value of {{${name}}} has a line break, which an environment file can't hold`,
      );
    }
    return value;
  });
}
