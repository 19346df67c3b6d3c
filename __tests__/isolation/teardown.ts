import { rmSync } from 'node:fs';
import { closeClones } from './clones';
import { nameOfRun } from './runs';

/** Jest's globalTeardown: removes the run's folders, when no worker uses them any more. */
export default async function tearDown(): Promise<void> {
  if (process.env.TMPDIR !== undefined) rmSync(process.env.TMPDIR, { recursive: true, force: true });
  if (process.env.CLONES_FOLDER !== undefined) await closeClones(nameOfRun(process.pid));
}
