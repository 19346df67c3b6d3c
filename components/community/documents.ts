import { z } from 'zod';
import type { Folder } from './folder';
import type { Problems } from './problems';
import type { Terms } from './types';
import { readYaml } from './yamlFile';

export const TERMS = 'terms-of-service.md';
export const PRIVACY = 'privacy-policy.md';
export const ABOUT = 'about.md';

const day = z.iso.date('expected a day such as 2027-01-31');
const changelog = z
  .string('expected what changed, in a sentence or more')
  .trim()
  .min(1, 'expected what changed');
const TERMS_SCHEMA = z.strictObject({ effective_date: day, changelog });
/** Mastodon shows the day of the last change by itself, so these are for who reads the file. */
const PRIVACY_SCHEMA = z.strictObject({ effective_date: day.optional(), changelog: changelog.optional() });

/** When a file was changed, as days, the newest first; only where history is known. */
export type History = (file: string) => readonly string[];

export function terms(folder: Folder, problems: Problems, history: History): Terms | undefined {
  const markdown = folder.text(TERMS);
  if (markdown === undefined) return undefined;
  const { front, text, frontLine } = frontMatter(markdown);
  const place = { file: TERMS, line: 1 };
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
  const [changed, ...before] = history(TERMS);
  // The first version may be a running server's. Terms stay in force after their day, so only a change is judged.
  if (changed !== undefined && before.length > 0 && effectiveDate < changed) {
    problems.refuse(
      file.place('effective_date'),
      `${effectiveDate} is past, but the file was changed on ${changed}: new terms need a day to come, and people time to read them`,
    );
  }
  return { text, changelog, effectiveDate };
}

/** The privacy policy's text. */
export function privacyPolicy(folder: Folder, problems: Problems): string | undefined {
  const markdown = folder.text(PRIVACY);
  if (markdown === undefined) return undefined;
  const { front, text, frontLine } = frontMatter(markdown);
  if (front !== undefined) readYaml(PRIVACY, front, PRIVACY_SCHEMA, problems, frontLine);
  return text;
}

export const about = (folder: Folder): string | undefined => folder.text(ABOUT)?.trim();

/** The YAML between two lines of `---` at a file's beginning, and the text after it. */
export function frontMatter(markdown: string): { front?: string; text: string; frontLine: number } {
  const [whole, front] = /^---\r?\n(.*?\n)---\r?\n/s.exec(markdown) ?? [];
  const text = markdown.slice(whole?.length ?? 0).trim();
  return { ...(front !== undefined && { front }), text, frontLine: 1 };
}
