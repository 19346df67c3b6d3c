import { z } from 'zod';
import type { Folder } from './folder';
import type { Problems } from './problems';
import { document, unixText } from './text';
import type { Terms } from './types';
import { readYaml } from './yaml-file';

export const TERMS = 'terms-of-service.md';
export const PRIVACY = 'privacy-policy.md';
export const ABOUT = 'about.md';

const day = z.iso.date('expected a day such as 2027-01-31');
const changelog = z
  .string('expected what changed, in a sentence or more')
  .transform(document)
  .refine((text) => text !== '', 'expected what changed');
const TERMS_SCHEMA = z.strictObject({ effective_date: day, changelog });
/** Mastodon shows the day of the last change by itself, so these are for who reads the file. */
const PAGE_SCHEMA = z.strictObject({ effective_date: day.optional(), changelog: changelog.optional() });

/** A file as it was once, and since which day. */
export interface Version {
  /** `YYYY-MM-DD` */
  readonly since: string;
  readonly text: string;
}

/** The versions of a file, the newest first; only where history is known. */
export type History = (file: string) => Iterable<Version>;

export function terms(folder: Folder, problems: Problems, history: History): Terms | undefined {
  const markdown = folder.text(TERMS);
  if (markdown === undefined) return undefined;
  const place = { file: TERMS, line: 1 };
  const { front, text, frontLine } = frontMatter(markdown);
  if (front === undefined) {
    problems.refuse(
      place,
      'has no date; expected lines ---, effective_date:, changelog:, --- before the text',
    );
    return undefined;
  }
  const file = readYaml(TERMS, front, TERMS_SCHEMA, problems, frontLine);
  if (text === '') problems.refuse(place, 'has no text');
  if (!file) return undefined;
  const { effective_date: effectiveDate, changelog } = file.value;
  const changed = lastChange(text, history(TERMS));
  // Terms stay in force after their day, so only a change of what they say is judged.
  if (changed !== undefined && effectiveDate < changed) {
    problems.refuse(
      file.place('effective_date'),
      `${effectiveDate} is past, but the text was changed on ${changed}: new terms need a day to come, and people time to read them`,
    );
  }
  return { text, changelog, effectiveDate };
}

/** Since when a text has been as it is; nothing if it always was: the first version may be a running server's. */
function lastChange(text: string, versions: Iterable<Version>): string | undefined {
  let since: string | undefined;
  for (const version of versions) {
    if (frontMatter(version.text).text !== text) return since;
    since = version.since;
  }
  return undefined;
}

/** The privacy policy's text. */
export const privacyPolicy = (folder: Folder, problems: Problems) => page(PRIVACY, folder, problems);

/** The about page's text. */
export const about = (folder: Folder, problems: Problems) => page(ABOUT, folder, problems);

function page(name: string, folder: Folder, problems: Problems): string | undefined {
  const markdown = folder.text(name);
  if (markdown === undefined) return undefined;
  const { front, text, frontLine } = frontMatter(markdown);
  if (front !== undefined) readYaml(name, front, PAGE_SCHEMA, problems, frontLine);
  else if (text.startsWith('---\n')) {
    const message = 'begins with ---, and no second --- ends what is not to be published; put --- behind it';
    problems.refuse({ file: name, line: 1 }, message);
  }
  return text;
}

const FRONT = /^(\s*---[^\S\n]*\n)((?:[^\n]*\n)*?)---[^\S\n]*(?:\n|$)/;

/** The YAML between two lines of `---` at a file's beginning, and the text after it. `frontLine`: lines before the YAML. */
export function frontMatter(markdown: string): { front?: string; text: string; frontLine: number } {
  const plain = unixText(markdown);
  const [whole = '', opening = '', front] = FRONT.exec(plain) ?? [];
  const text = document(plain.slice(whole.length));
  return { ...(front !== undefined && { front }), text, frontLine: opening.split('\n').length - 1 };
}

/** A text that `frontMatter` reads back, with what was in front of an earlier one. */
export function withFront(front: string | undefined, text: string): string {
  const said = document(text);
  // A text that begins with --- itself would be read as what is in front of one.
  const before = front ?? (said.startsWith('---') ? '{}\n' : undefined);
  return `${before === undefined ? '' : `---\n${before}---\n\n`}${said}\n`;
}
