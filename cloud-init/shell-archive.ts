import { posix } from 'node:path';
import { BundleFile } from './template';

const END = '~~~ end of file ~~~';

/**
 * A shell script that writes the files below the folder that it runs in. Text, and the same bytes for the same
 * files on every machine, so that a preview shows no change where there is none.
 * @throws Error if a file's text could not survive the way (no line break at its end, or the end mark inside).
 */
export function shellArchive(files: readonly BundleFile[]): string {
  const folders = [...new Set(files.map((file) => posix.dirname(file.path)))].sort();
  return [`mkdir -p ${folders.join(' ')}`, WRITE, ...files.map(entry), ''].join('\n');
}

/** `file MODE PATH`: no other user can read a file while it is written. */
const WRITE = 'file() { (umask 077 && cat >$2) && chmod $1 $2; }';

function entry({ path, mode, content }: BundleFile): string {
  if (!content.endsWith('\n')) throw new Error(`${path}: the last line has no line break`);
  if (content.split('\n').includes(END)) throw new Error(`${path}: the line "${END}" is reserved`);
  return `file ${mode} ${path} <<'${END}'\n${content}${END}`;
}
