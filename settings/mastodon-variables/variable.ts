/** What is known of a variable of Mastodon's environment. */
import type { Kind } from './kinds';

/** Who decides about a variable. */
export type Use =
  /** It is given in `mastodon.environment`, and Mastodon gets it unchanged. */
  | { readonly by: 'administrator' }
  /** A setting of this program stands for it. */
  | { readonly by: 'setting'; readonly setting: string }
  /** The program gives it the only value that works here. */
  | { readonly by: 'program'; readonly why: string }
  /** It can't be had here. */
  | { readonly by: 'nobody'; readonly why: string };

/** The processes that read a variable: web and Sidekiq (and each command in their image), streaming, or all of them. */
export type Reader = 'rails' | 'streaming' | 'all';

interface Details {
  /** What Mastodon takes where it is not given; nothing where it takes none. */
  readonly default?: string;
  /** The first minor version that has it, of those that this program knows; without it all have it. */
  readonly since?: string;
  /** The last minor version that had it. */
  readonly until?: string;
  readonly secret?: boolean;
  /** Web and Sidekiq by default. */
  readonly readBy?: Reader;
  /** Upstream's page of the configuration has no heading for it: a list there, another page, or the code names it. */
  readonly unlisted?: boolean;
}

export interface Variable extends Details {
  readonly about: string;
  readonly kind: Kind;
  readonly use: Use;
  readonly readBy: Reader;
  /** Its heading in docs/mastodon-variables.md. */
  readonly group: string;
}

type Ungrouped = Omit<Variable, 'group'>;

/** Variables by their names. */
export type Variables = Readonly<Record<string, Variable>>;

const variable = (use: Use, kind: Kind, about: string, details: Details): Ungrouped => ({
  readBy: 'rails',
  ...details,
  use,
  kind,
  about,
});

export const open = (kind: Kind, about: string, details: Details = {}) =>
  variable({ by: 'administrator' }, kind, about, details);

export const setting = (path: string, kind: Kind, about: string, details: Details = {}) =>
  variable({ by: 'setting', setting: path }, kind, about, details);

/** `why` ends the sentence "NAME belongs to the program: …". */
export const owned = (why: string, kind: Kind, about: string, details: Details = {}) =>
  variable({ by: 'program', why }, kind, about, details);

/** `why` ends the sentence "NAME can't be given: …". */
export const refused = (why: string, kind: Kind, about: string, details: Details = {}) =>
  variable({ by: 'nobody', why }, kind, about, details);

export const group = (name: string, variables: Readonly<Record<string, Ungrouped>>): Variables =>
  Object.fromEntries(Object.entries(variables).map(([key, one]) => [key, { ...one, group: name }]));
