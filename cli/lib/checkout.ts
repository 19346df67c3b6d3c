/** This checkout, and the folder that a command was called in. */
import { join, resolve } from 'node:path';

export const CHECKOUT = join(__dirname, '..', '..');

/** Commands run in the checkout or in the folder of `--cwd`, wherever they are called. */
const CALLED_IN = process.cwd();

/**
 * The path, for a command that runs in a folder, of a file that is named relative to where it was called.
 * @param runsIn default: where it runs now
 */
export const fromCaller = (path: string, runsIn = process.cwd()): string =>
  CALLED_IN === runsIn ? path : resolve(CALLED_IN, path);
