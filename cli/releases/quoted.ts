/** What others wrote, made harmless for terminals: without control characters, and without those that turn the direction of text. */
export const quoted = (text: string): string =>
  text.replaceAll('\r\n', '\n').replaceAll(/[^\P{C}\n\t]/gu, '\u{FFFD}');

/** At most so many characters, with a word on how many are missing. */
export const shortened = (text: string, most: number): string =>
  text.length <= most
    ? text
    : `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}\n… and ${String(text.length - most)} more characters`;
