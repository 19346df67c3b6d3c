import { existsSync, readdirSync } from 'node:fs';
import { cacheDirectory } from '../../../local/toolchain/cache';
import type { Run } from './run';

/** Whether the toolchain was made before, by any checkout. */
export const stateOfCache = (): Run['cache'] =>
  existsSync(cacheDirectory) && readdirSync(cacheDirectory).some((name) => name.startsWith('pulumi'))
    ? 'warm'
    : 'cold';
