import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Lets Jest start each of its workers in namespaces of its own (worker.sh), so that two workers, or two checkouts, never
 * meet, and nothing outlives a run that was killed.
 *
 * Jest has no option for that. It starts workers by `child_process.fork`, which takes the program's path from
 * `process.execPath` (Node.js documentation, `child_process.fork`, option `execPath`).
 *
 * @param folder for the program that takes the place of Node
 */
export function isolateWorkers(folder: string): void {
  const program = join(folder, 'node');
  const words = [join(__dirname, 'worker.sh'), process.execPath];
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  writeFileSync(program, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
  process.execPath = program;
}
