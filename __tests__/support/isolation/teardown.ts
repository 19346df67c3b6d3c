import { rmSync } from 'node:fs';
import { closeClones } from './clones';
import { removeControlGroups } from './runs';

/** Jest's globalTeardown: removes the run's folders, when no worker uses them any more. */
export default async function tearDown(): Promise<void> {
  if (process.env.TMPDIR !== undefined) rmSync(process.env.TMPDIR, { recursive: true, force: true });
  if (process.env.TEST_RUN === undefined) return;
  await closeClones(process.env.TEST_RUN);
  removeControlGroups(process.env.TEST_RUN);
}
