/**
 * Texts in the forms in which they are compared. Browsers send CRLF, Git and editors change line ends, and Mastodon keeps
 * blanks at a text's ends, so both sides are brought into one form before anything is compared:
 * cloud-init/handover/usr/local/share/mastodon/community/text.rb does the same with what the server has.
 */

const BYTE_ORDER_MARK = /^\ufeff/;
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** A file's text with LF at its lines' ends, and without a byte order mark. */
export const unixText = (text: string) => withLf(text.replace(BYTE_ORDER_MARK, ''));

const withLf = (text: string) => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);

/** How long Mastodon takes a text to be: in characters, not in UTF-16. */
export const lengthOf = (text: string) => Array.from(text).length;

/** Of one line, such as a rule: what is blank is one blank. */
export const title = (text: string) => strip(text.replace(/[\p{White_Space}\ufeff]+/gu, ' '));

/** Of several lines, such as a comment: without blanks at their ends. */
export function lines(text: string): string {
  if (PLAIN.test(text)) return text;
  return strip(withLf(text).split('\n').map(strip).join('\n'));
}

/** As `lines`, with one empty line at most between two paragraphs. */
export const paragraphs = (text: string) => lines(text).replace(/\n{3,}/g, '\n\n');

/** In Markdown or of another language: only what is around it counts for nothing. */
export const document = (text: string) => strip(withLf(text));

function strip(text: string): string {
  const [start = ''] = /^[\p{White_Space}\ufeff]+/u.exec(text) ?? [];
  const rest = text.slice(start.length);
  const [end = ''] = /[\p{White_Space}\ufeff]*$/u.exec(rest) ?? [];
  return rest.slice(0, rest.length - end.length);
}
