import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Region } from './catalogue';
import { newState } from './new-account';
import type { CloudState } from './store-schema';

/** The state and the file that it lives in. The file is whole at any time: it is written beside itself and renamed. */
export class Store {
  readonly state: CloudState;

  /** @throws if the file is there but isn't a state file of this version. */
  constructor(
    private readonly file: string,
    regions: readonly Region[],
  ) {
    mkdirSync(dirname(file), { recursive: true });
    this.state = existsSync(file) ? readState(file) : newState(regions);
    this.save();
  }

  save(): void {
    const next = `${this.file}.next`;
    // Keys and passwords are in it.
    writeFileSync(next, JSON.stringify(this.state, null, 2), { mode: 0o600 });
    renameSync(next, this.file);
  }
}

function readState(file: string): CloudState {
  const remedy = 'Delete it to start with an empty cloud.';
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(`${file} is not JSON. ${remedy}`);
  }
  if ((content as Partial<CloudState> | null)?.version !== 2) {
    throw new Error(`${file} is not a state file of this version of the local Civo API. ${remedy}`);
  }
  // Kinds that the file was too early for begin empty.
  return { ...newState([]), ...(content as CloudState) };
}
