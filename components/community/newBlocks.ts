import * as pulumi from '@pulumi/pulumi';
import { CommunityError } from './community';

type Inputs = Readonly<Record<string, unknown>>;

/** Refuses, in a preview too, to take more new blocks over from lists than was agreed on. */
export function newBlocksLimit(name: string, most: number): pulumi.ResourceHook {
  const allowed = allowedBlocks(process.env.NEW_BLOCKS) ?? most;
  return new pulumi.ResourceHook(
    `${name}-new-blocks-limit`,
    ({ oldInputs = {}, newInputs = {} }) => {
      const problem = newBlocksProblem(oldInputs as Inputs, newInputs as Inputs, allowed);
      if (problem !== undefined) throw new Error(problem);
    },
    { onDryRun: true },
  );
}

/** @throws CommunityError unless it is a number, or nothing */
export function allowedBlocks(given = ''): number | undefined {
  if (given === '') return undefined;
  if (/^\d+$/.test(given)) return Number(given);
  throw new CommunityError(
    `NEW_BLOCKS=${given}: expected how many new blocks from lists this run may take over, such as NEW_BLOCKS=120`,
  );
}

/** What is wrong with the blocks from lists, by their properties before and now: `block spam.example (suspend)`. */
export function newBlocksProblem(before: Inputs, now: Inputs, allowed: number): string | undefined {
  const domain = (key: string) => key.split(' ')[1];
  const known = new Set(Object.keys(before).map(domain));
  const added = Object.keys(now).filter((key) => !known.has(domain(key))).length;
  if (added <= allowed) return undefined;
  return (
    `followed-blocks.csv has ${String(added)} new blocks, and ${String(allowed)} are allowed (max_new_blocks in follow.yaml). ` +
    `Look them through (make community-preview tells what each costs), then allow them once: NEW_BLOCKS=${String(added)} pulumi up`
  );
}
