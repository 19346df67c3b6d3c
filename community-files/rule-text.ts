/** How the text below a rule's heading is written in rules.md. */
import { paragraphs } from './text';

const LIST_ITEM = /^(?:[-*+]|\d+[.)])\p{White_Space}/u;
/** What Markdown would take for a heading, or underline one with. */
const MARKUP = /^(?:\\|#|=+$|-+$)/;
const BACKSLASHES = /\\*$/;

/**
 * The text that these rows say. As in Markdown, a line continues in the next row; a new one begins with an item of a list, behind
 * a `\` at a row's end, and an empty row parts paragraphs. A `\` before a row's first sign takes its meaning from it.
 */
export function readText(rows: string): string {
  let text = '';
  let joint = '';
  for (const row of paragraphs(rows).split('\n')) {
    const [end = ''] = BACKSLASHES.exec(row) ?? [];
    const breaks = end.length % 2 === 1;
    const written = row.slice(0, row.length - Math.ceil(end.length / 2));
    const said = written.startsWith('\\') ? written.slice(1) : written;
    if (row === '') joint = '\n\n';
    else {
      text += (joint === ' ' && LIST_ITEM.test(row) ? '\n' : joint) + said;
      joint = breaks ? '\n' : ' ';
    }
  }
  return paragraphs(text);
}

/** Rows that say a text. */
export function writeText(text: string): string {
  const rows = paragraphs(text).split('\n');
  return rows
    .map((row, i) => {
      const escaped = (MARKUP.test(row) ? `\\${row}` : row).replace(BACKSLASHES, '$&$&');
      const next = rows[i + 1] ?? '';
      return row === '' || next === '' || LIST_ITEM.test(next) ? escaped : `${escaped}\\`;
    })
    .join('\n');
}

/** Of a row that may have been meant as a heading: what is wrong with it. */
export function headingProblem(row: string): string | undefined {
  if (/^\p{White_Space}+#{2,3}(?!#)/u.test(row)) return 'begins with a blank';
  return /^#{2,}(?:[^# ]|$)/.test(row) ? 'has no blank and text behind #' : undefined;
}

/** Whether a text without rules looks as if rules were meant. */
export const looksLikeRules = (text: string) => /^\s*(?:#{2,}|[-*+]\s|\d+[.)]\s)|^.+\n(?:=+|-+)$/m.test(text);
