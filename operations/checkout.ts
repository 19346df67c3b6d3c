/** This checkout, and the folder that a command was called in. */
import { join, resolve } from 'node:path';

export const CHECKOUT = join(__dirname, '..');

/** Commands run in the checkout, wherever they are called. */
const CALLED_IN = process.cwd();

/** The path of a file that is named relative to the folder that the command was called in. */
export const fromCaller = (path: string): string =>
  CALLED_IN === CHECKOUT ? path : resolve(CALLED_IN, path);
