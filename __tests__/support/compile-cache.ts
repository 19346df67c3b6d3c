import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PRELOAD = join(__dirname, 'compile-cache-preload.js');

/**
 * Variables by which the Node.js processes that tests start, and those that Pulumi starts for them, share what their sources
 * were compiled to. Two thirds of the processor time of a `pulumi preview` went into that. The folder goes with the test run.
 */
export function compileCache(): { NODE_OPTIONS: string; COMPILE_CACHE: string } {
  const folder = join(tmpdir(), 'compile-cache');
  mkdirSync(folder, { recursive: true });
  const preload = `--require "${PRELOAD}"`;
  return {
    NODE_OPTIONS: [process.env.NODE_OPTIONS, preload].filter(Boolean).join(' '),
    COMPILE_CACHE: folder,
  };
}
