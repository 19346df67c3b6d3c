import type { z } from 'zod';
import type { Folder } from '../folder';
import type { Entry, Place, Problems } from '../problems';

/** A thing of a list, by the fields of its file; they are Mastodon's own where it has them. */
export type Item = Readonly<Record<string, unknown>>;

/** The entries of each list. A list without a file is missing. */
export type Lists = Readonly<Partial<Record<string, readonly Item[]>>>;

/** A thing and where it stands. */
export interface ListEntry<T> extends Entry<T> {
  /** Where one of its fields stands, or the thing itself if the field is left out. */
  readonly at: (field: keyof T & string) => Place;
}

/** What the checks of a list may look at besides the list. */
export interface Around {
  readonly folder: Folder;
  readonly now: Date;
  readonly problems: Problems;
  /** The server's own domains. */
  readonly own: readonly string[];
  /** Usernames of the team, in small letters. */
  readonly team: readonly string[];
}

/**
 * A kind of decision that is a list in a YAML file of its own. Without the file nothing of its kind is read, changed or removed
 * on the server: `bin/mastodon community pull` fills a file that says no more than `announcements: []`.
 *
 * A kind is this definition, its place in `KINDS`, and a class of the same name on the machine (`Community::ListKind`).
 */
export interface ListKind<T extends Item = Item> {
  /** As the report and `TAKE` name a thing of it, such as `announcement`. */
  readonly kind: string;
  /** The list in the file and in the community's document, such as `announcements`. */
  readonly list: string;
  readonly file: string;
  /** What a preview calls the list, such as `username blocks`. */
  readonly title: string;
  /** One thing. What may be left out has a default here, or no value. */
  readonly schema: z.ZodObject<z.ZodRawShape, z.core.$strict> & z.ZodType<T>;
  /** By which the file, the ledger and the server mean the same thing. */
  key(item: T): string;
  /** Fills in what depends on other fields. */
  complete?(item: T): T;
  /** The field that names a picture in the folder, and what Mastodon takes: less than `limit` bytes. */
  readonly picture?: {
    readonly field: string;
    readonly limit: number;
    readonly types: readonly ('png' | 'gif' | 'webp')[];
  };
  /** What is wrong between fields, lines and files. */
  check?(entries: readonly ListEntry<T>[], around: Around): void;
  /** For a preview: the thing, and what is said of it. No secret may be in it. */
  words(item: T): readonly [string, string];
}

/** What a thing says, if the schema takes it. */
export function completed<T extends Item>(kind: ListKind<T>, plain: unknown): T | undefined {
  const { success, data } = kind.schema.safeParse(plain);
  if (!success) return undefined;
  return kind.complete?.(data) ?? data;
}
