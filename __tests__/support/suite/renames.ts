/** What docs/testing/renames.json says of the earlier recorded suite. Without an entry there, a title that is gone is an error. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A test of the earlier recorded suite that has another title now, or was removed. */
export interface Rename {
  /** The file that it was in, such as `machine/day2`, under its name of today. */
  file: string;
  /** Its full title: of its groups and its own, as docs/testing.md has it. */
  before: string;
  /** The full titles of what keeps its promise now; none if it was removed. */
  now?: readonly string[];
  /** Why, and if it was removed, what keeps the promise. */
  reason: string;
}

const file = join(__dirname, '..', '..', '..', 'docs', 'testing', 'renames.json');
const { titles, files } = JSON.parse(readFileSync(file, 'utf8')) as {
  titles: readonly Rename[];
  files: Readonly<Record<string, string>>;
};

/** Tests that no longer have the title that they had. */
export const RENAMES = titles;

/** Test files that have another name: what they were called, and are now. */
export const RENAMED_FILES = files;
