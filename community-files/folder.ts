import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The files of a community. */
export interface Folder {
  /** As it is named in the settings, such as `community`. */
  readonly name: string;
  /** The paths of all that is in it. */
  readonly files: readonly string[];
  text(file: string): string | undefined;
  bytes(file: string): Buffer | undefined;
}

/** The folder at a path, or nothing. */
export function openFolder(name: string): Folder | undefined {
  if (!existsSync(name)) return undefined;
  const files = readdirSync(name, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(name, join(entry.parentPath, entry.name)));
  const bytes = (file: string) => (files.includes(file) ? readFileSync(join(name, file)) : undefined);
  return { name, files, bytes, text: (file) => bytes(file)?.toString('utf8') };
}

/** A folder that is only thought of. */
export function folderOf(files: Readonly<Record<string, string | Buffer>>, name = 'community'): Folder {
  const bytes = (file: string) => (file in files ? Buffer.from(files[file] ?? '') : undefined);
  return { name, files: Object.keys(files), bytes, text: (file) => bytes(file)?.toString('utf8') };
}
