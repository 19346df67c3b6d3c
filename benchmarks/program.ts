/** The program against a Civo on paper: how long people and CI wait for Pulumi. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createStack } from '../__tests__/support/stack';
import { programSettings } from '../__tests__/support/program-settings';
import { NO_TIME, paperBackends, startCivoApi } from '../local/civo';
import { type Figure, repeat, type Section } from './figures';

/** What the engine itself takes: two resources, and none of them Civo's. */
const FLOOR = `
import * as random from '@pulumi/random';
new random.RandomPassword('one', { length: 8 });
new random.RandomPassword('two', { length: 8 });
`;

export const program: Section = {
  title: 'The program, on paper',
  ratios: [
    {
      name: 'preview with no change, against a program of two resources',
      of: 'preview with no change',
      to: 'preview of two resources with no change',
      aim: 2,
    },
  ],
  run: async (runs) => {
    const ups = await repeat(runs, firstUp);
    const floor = await createStack({
      files: { 'Pulumi.yaml': 'name: floor\nruntime: nodejs\n', 'index.ts': FLOOR },
    });
    const { civo, stack: ours, remove } = await onPaper();
    try {
      await floor.up();
      await ours.up();
      // In turns, so that both have the same machine.
      const pairs = await repeat(runs, async () => ({
        floor: (await floor.preview({ expectNoChanges: true })).seconds,
        preview: (await ours.preview({ expectNoChanges: true })).seconds,
        up: (await ours.up()).seconds,
      }));
      const after = civo.requests.length;
      await ours.preview();
      const previewCalls = civo.requests.length - after;
      const resources = (await ours.export()).deployment.resources?.length ?? 0;
      return [
        {
          name: 'up from nothing',
          unit: 's',
          values: ups.map(({ seconds }) => seconds),
          note: 'Civo’s provider waits three seconds before it asks whether something is ready, and longer if it isn’t.',
        },
        { name: 'preview with no change', unit: 's', values: pairs.map(({ preview }) => preview) },
        {
          name: 'preview of two resources with no change',
          unit: 's',
          values: pairs.map(({ floor: own }) => own),
        },
        { name: 'up with no change', unit: 's', values: pairs.map(({ up: own }) => own), aim: 5 },
        { name: 'resources in the state', unit: 'resources', values: [resources] },
        { name: 'API calls of the first up', unit: 'calls', values: ups.map(({ calls }) => calls) },
        { name: 'API calls of a preview', unit: 'calls', values: [previewCalls] },
      ] satisfies Figure[];
    } finally {
      floor.remove();
      await remove();
    }
  },
};

/** The program's stack on a Civo of its own. */
export async function onPaper() {
  const folder = mkdtempSync(join(tmpdir(), 'benchmark-'));
  const stateFile = join(folder, 'civo.json');
  const civo = await startCivoApi({ port: 0, stateFile, backends: paperBackends(), timings: NO_TIME });
  const stack = await createStack({
    projectDir: join(__dirname, '..'),
    config: programSettings(civo.url),
    env: { CIVO_TOKEN: civo.token },
  });
  const remove = async () => {
    stack.remove();
    await civo.close();
    rmSync(folder, { recursive: true });
  };
  return { civo, stack, remove };
}

async function firstUp(): Promise<{ seconds: number; calls: number }> {
  const { civo, stack, remove } = await onPaper();
  try {
    const { seconds } = await stack.up();
    return { seconds, calls: civo.requests.length };
  } finally {
    await remove();
  }
}
