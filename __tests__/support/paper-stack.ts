import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clone, newFolder, snapshot } from './isolation/snapshots';
import { TestCivo } from './test-civo';
import { programSettings } from './program-settings';
import { createStack, type Stack } from './stack';

const projectDir = join(__dirname, '..', '..');

/** Where the state file and the settings say at which address the API is. */
const WITH_ADDRESS = ['backend/.pulumi/stacks/mastodon-on-civo/test.json', 'settings/Pulumi.test.yaml'];

export interface PaperStack {
  civo: TestCivo;
  stack: Stack;
  /** Where Pulumi keeps its state. */
  backend: string;
}

/** The whole stack on a local Civo without machines, protected, as its first `up` left it: from a snapshot. */
export async function paperStack(env: Readonly<Record<string, string>> = {}): Promise<PaperStack> {
  const kept = await snapshot('paper', make);
  const folder = newFolder('paper');
  await clone(join(kept, 'stack'), folder);
  const civo = await TestCivo.start({}, join(kept, 'civo.json'));
  // The API listens where there is room, as several may be up.
  const address = readFileSync(join(kept, 'address'), 'utf8');
  for (const file of WITH_ADDRESS.map((name) => join(folder, name)))
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(address, civo.api.url));
  const stack = await createStack({ projectDir, folder, env: { CIVO_TOKEN: civo.api.token, ...env } });
  return { civo, stack, backend: join(folder, 'backend') };
}

async function make(target: string): Promise<void> {
  const civo = await TestCivo.start();
  try {
    const config = { ...programSettings(civo.api.url), protect: true };
    const folder = join(target, 'stack');
    mkdirSync(folder);
    const stack = await createStack({ projectDir, folder, config, env: { CIVO_TOKEN: civo.api.token } });
    await stack.up();
    copyFileSync(civo.stateFile, join(target, 'civo.json'));
    writeFileSync(join(target, 'address'), civo.api.url);
  } finally {
    await civo.stop();
  }
}
