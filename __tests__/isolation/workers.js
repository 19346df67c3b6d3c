const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

/** Machine tests need root on Linux; without, workers are ordinary processes, and these tests say so. */
const possible = process.platform === 'linux' && process.getuid() === 0;

/**
 * Lets Jest start each of its workers in namespaces of its own (worker.sh), so that two workers, or two checkouts, never
 * meet, and nothing outlives a run that was killed.
 *
 * Jest has no option for that. It starts workers by `child_process.fork`, which takes the program's path from
 * `process.execPath` (Node.js documentation, child_process.fork, `execPath`).
 */
exports.isolateWorkers = (checkout) => {
  if (!possible) return;
  const folder = join(checkout, '.local');
  const program = join(folder, 'jest-worker');
  mkdirSync(folder, { recursive: true });
  const words = [join(__dirname, 'worker.sh'), process.execPath].map(
    (word) => `'${word.replaceAll("'", `'\\''`)}'`,
  );
  writeFileSync(program, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
  process.execPath = program;
};
