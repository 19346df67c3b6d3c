/** Mastodon's `.env.production`, as the dotenv library reads it. */

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/s;

/**
 * The variables of a file. Quotes are taken off, as dotenv does and Docker doesn't.
 * @throws Error naming the line that is neither assignment, comment nor empty; not its text, which may be a secret
 */
export function parseEnv(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? '';
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, start = ''] = ASSIGNMENT.exec(line) ?? [];
    if (name === undefined) throw new Error(`line ${String(i + 1)} is no NAME=value`);
    let value = start;
    const quote = /^['"]/.exec(start)?.[0];
    // A quoted value may have several lines.
    if (quote) {
      const first = i;
      while (!closed(value, quote)) {
        if (i + 1 >= lines.length)
          throw new Error(`the quote that begins in line ${String(first + 1)} never ends`);
        value += `\n${lines[(i += 1)] ?? ''}`;
      }
    }
    variables.set(name, unquoted(value, quote));
  }
  return variables;
}

const SINGLE = /^'([^']*)'\s*(?:#.*)?$/s;
const DOUBLE = /^"((?:\\.|[^"\\])*)"\s*(?:#.*)?$/s;

const closed = (value: string, quote: string) => (quote === "'" ? SINGLE : DOUBLE).test(value);

function unquoted(value: string, quote?: string): string {
  if (quote === "'") return SINGLE.exec(value)?.[1] ?? '';
  if (quote === '"') {
    const inner = DOUBLE.exec(value)?.[1] ?? '';
    return inner.replace(/\\(.)/gs, (_, character: string) => (character === 'n' ? '\n' : character));
  }
  return value.replace(/(^|\s)#.*$/s, '').trim();
}

/** The text of a file with these variables; {@link parseEnv} reads it back, and dotenv does. */
export function writeEnv(variables: Iterable<readonly [string, string]>): string {
  return [...variables].map(([name, value]) => `${name}=${envQuoted(value)}\n`).join('');
}

function envQuoted(value: string): string {
  if (/^[\w.:/@%+,=-]*$/.test(value)) return value;
  if (!/['\n\r]/.test(value)) return `'${value}'`;
  return `"${value.replaceAll(/["\\$`]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
