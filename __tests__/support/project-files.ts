import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const checkout = join(__dirname, '..', '..');

/**
 * The project's own files below these folders, from the checkout's root. Not what is installed there: a package may link to the whole
 * checkout, and who reads folders follows such a link for ever.
 */
export const projectFiles = (...folders: readonly string[]): string[] =>
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...folders], {
    cwd: checkout,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(checkout, file)));
