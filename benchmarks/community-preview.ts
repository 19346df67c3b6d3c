/** How long a preview and an up take with so many domain blocks, against a Civo on paper. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCommunity } from '../__tests__/support/community/folder';
import { exampleCommunity } from '../__tests__/support/community/example';
import { type Figure, repeat, type Section } from './figures';
import { onPaper } from './program';

const SIZES = [10, 1_000, 10_000];

export const communityPreview: Section = {
  title: 'The community as code, in a preview',
  run: async (runs) => {
    const figures: Figure[] = [];
    for (const size of SIZES) figures.push(...(await figuresOf(size, runs)));
    return figures;
  },
};

/** Each run adds one block. */
async function figuresOf(size: number, runs: number): Promise<Figure[]> {
  const { stack, remove } = await onPaper();
  const folder = mkdtempSync(join(tmpdir(), 'community-'));
  try {
    writeCommunity(folder, exampleCommunity(size));
    await stack.setConfig({ community: folder });
    const first = await stack.up();
    let blocks = size;
    const values = await repeat(runs, async () => {
      blocks += 1;
      writeCommunity(folder, exampleCommunity(blocks));
      return { preview: (await stack.preview()).seconds, up: (await stack.up()).seconds };
    });
    const of = `with ${size.toLocaleString('en')} blocks`;
    return [
      { name: `up from nothing ${of}`, unit: 's', values: [first.seconds] },
      { name: `preview of one more ${of}`, unit: 's', values: values.map(({ preview }) => preview), aim: 10 },
      { name: `up of one more ${of}`, unit: 's', values: values.map(({ up }) => up) },
    ];
  } finally {
    rmSync(folder, { recursive: true });
    await remove();
  }
}
