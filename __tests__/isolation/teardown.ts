import { rmSync } from 'node:fs';
import { closeClones } from './clones';

/** Jest's globalTeardown: removes the run's folders, when no worker uses them any more. */
export default async function tearDown(): Promise<void> {
  for (const folder of [process.env.TMPDIR, process.env.CLONES_FOLDER])
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  if (process.env.CLONES_FOLDER !== undefined) await closeClones();
}
