import { tmpdir } from 'node:os';
import { machinesPossible } from '../../../local/cloud';
import { ensureHostPackages } from '../../../local/host-packages';
import { openClones } from './clones';
import { nameOfRun, openRunFolder, removeControlGroups, removeFinishedRuns } from './runs';
import { isolateWorkers } from './workers';

/**
 * Jest's globalSetup: removes what killed runs left, and gives this one its folders. Workers inherit the environment:
 * `TMPDIR` for temporary files, `CLONES` for machines and their snapshots, which outlive the run.
 */
export default async function setUp(): Promise<void> {
  const run = nameOfRun(process.pid);
  removeFinishedRuns(tmpdir());
  process.env.TMPDIR = openRunFolder(tmpdir(), run);
  if (!machinesPossible()) return;

  await ensureHostPackages(['iproute2', 'slirp4netns', 'util-linux']);
  removeControlGroups();
  process.env.TEST_RUN = run;
  process.env.CLONES = await openClones(run);
  isolateWorkers(process.env.TMPDIR);
}
