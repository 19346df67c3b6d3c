/** What docs/testing/renames.json says of the earlier recorded suite. Without an entry there, a title that is gone is an error. */
import renames from '../../../docs/testing/renames.json';

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

/** Tests that no longer have the title that they had. */
export const RENAMES: readonly Rename[] = renames.titles;

/** Test files that have another name: what they were called, and are now. */
export const RENAMED_FILES: Readonly<Record<string, string>> = renames.files;
