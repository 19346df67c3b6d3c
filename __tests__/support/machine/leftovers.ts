import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeCloud } from '../../../local/remove-cloud';
import { workerFolder } from '../isolation/snapshots';

/** A server whose test file failed before it could remove it would be in the way: all clouds have the same addresses. */
export async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(workerFolder())) {
    const folder = join(workerFolder(), name);
    await removeCloud({ stateFolder: join(folder, 'cloud') });
    rmSync(folder, { recursive: true, force: true });
  }
}
