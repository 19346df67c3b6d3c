/** A test of the recorded suite of before that has another title now, or is gone. */
export interface Rename {
  /** The file that it was in, such as `machine/day2`. */
  file: string;
  /** Its full title: of its groups and its own, as docs/testing.md has it. */
  before: string;
  /** The full titles of what keeps its promise now; none if it was removed. */
  now?: readonly string[];
  /** Why, and if it was removed, what keeps the promise. */
  reason: string;
}

/** What no longer has the title that it had. Without an entry here, a title that is gone is an error. */
export const RENAMES: readonly Rename[] = [];
