/**
 * Writes docs/architecture.md: the stack's resource graph, as Pulumi's engine sees it in a preview of a whole stack at a local
 * Civo on paper: `npm run docs:architecture`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programSettings } from '../__tests__/support/program-settings';
import { createStack, type Stack } from '../__tests__/support/stack';
import { NO_TIME, paperBackends, startCivoApi } from '../local/civo';

/** A resource of the engine's, as far as the picture needs it. */
interface Drawn {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  readonly dependencies?: readonly string[];
}

/** All resources that the first `up` of this stack would make. */
export async function resourceGraph(stack: Stack): Promise<readonly Drawn[]> {
  const { stdout } = await stack.preview({ flags: ['--json'] });
  const { steps } = JSON.parse(stdout) as { steps: { newState?: Drawn }[] };
  return steps.flatMap(({ newState }) => newState ?? []);
}

const HEAD = `# Architecture

What a stack consists of at Civo and around it, and what is made from what. Drawn by \`npm run docs:architecture\` from the resource graph that
Pulumi's engine has of it, so it can't be out of date: a test compares. A box is a component of \`components/\`, an arrow leads to what is
made from it; what follows from other arrows is left out. What runs on the machine is in [how it fits together](overview.md).
`;

export function architecturePage(resources: readonly Drawn[]): string {
  const boxes = resources.filter(({ type }) => type.startsWith('mastodon:'));
  const parts = new Map<string, { box: string; members: Drawn[] }>();
  for (const resource of resources) {
    if (/^(pulumi:|mastodon:)/.test(resource.type)) continue;
    const box = boxes.find(({ urn }) => urn === resource.parent);
    const id = partId(resource, box);
    const part = parts.get(id) ?? { box: box === undefined ? '' : nameOf(box), members: [] };
    // What a component waits for, all in it waits for.
    const dependencies = [...(resource.dependencies ?? []), ...(box?.dependencies ?? [])];
    parts.set(id, { ...part, members: [...part.members, { ...resource, dependencies }] });
  }
  return `${HEAD}\n\`\`\`mermaid\nflowchart LR\n${[...drawBoxes(parts), ...drawArrows(parts)].join('\n')}\n\`\`\`\n`;
}

type Parts = ReadonlyMap<string, { readonly box: string; readonly members: readonly Drawn[] }>;

/** Resources of one type in one component are one part. */
const partId = ({ type }: Drawn, box?: Drawn) =>
  `${box === undefined ? 'stack' : nameOf(box)}-${shortType(type)}`;
const shortType = (type: string) => type.split(':').at(-1) ?? type;
const logicalName = ({ urn }: Drawn) => urn.split('::').at(-1) ?? urn;
/** `ObjectStorage media`: the stack's own name is left out. */
const nameOf = (box: Drawn) =>
  [shortType(box.type), ...logicalName(box).split('-').slice(2)].join(' ').replaceAll(' ', '_');

function drawBoxes(parts: Parts): string[] {
  const boxes = [...new Set([...parts.values()].map(({ box }) => box))].sort();
  return boxes.flatMap((box) => {
    const own = [...parts].filter(([, part]) => part.box === box).sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = own.map(([id, { members }]) => {
      const [{ type } = { type: '' }] = members;
      return `    ${id}["${shortType(type)}${members.length > 1 ? ` × ${String(members.length)}` : ''}"]`;
    });
    return box === '' ? lines : [`  subgraph ${box}["${box.replaceAll('_', ' ')}"]`, ...lines, '  end'];
  });
}

function drawArrows(parts: Parts): string[] {
  const owner = new Map(
    [...parts].flatMap(([id, { members }]) => members.map(({ urn }) => [urn, id] as const)),
  );
  const sources = new Map(
    [...parts].map(([id, { members }]) => {
      const needed = members
        .flatMap(({ dependencies = [] }) => dependencies)
        .flatMap((urn) => owner.get(urn) ?? []);
      return [id, new Set(needed.filter((source) => source !== id))] as const;
    }),
  );
  return [...sources]
    .flatMap(([id, needed]) =>
      [...needed]
        .filter((source) => !isIndirect(source, needed, sources))
        .map((source) => `  ${source} --> ${id}`),
    )
    .sort();
}

/** Whether another of the needed ones needs it, too. */
function isIndirect(
  source: string,
  needed: ReadonlySet<string>,
  sources: ReadonlyMap<string, ReadonlySet<string>>,
) {
  const seen = new Set<string>();
  const open = [...needed].filter((other) => other !== source);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === source) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(sources.get(next) ?? []));
  }
  return false;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'architecture-'));
  const civo = await startCivoApi({
    port: 0,
    stateFile: join(folder, 'civo.json'),
    backends: paperBackends(),
    timings: NO_TIME,
  });
  const stack = await createStack({
    projectDir: join(__dirname, '..'),
    config: { ...programSettings(civo.url), converge: true },
    env: { CIVO_TOKEN: civo.token },
  });
  try {
    writeFileSync(join(__dirname, 'architecture.md'), architecturePage(await resourceGraph(stack)));
  } finally {
    stack.remove();
    await civo.close();
    rmSync(folder, { recursive: true });
  }
}

if (require.main === module) void main();
