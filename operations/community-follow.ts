/**
 * takes the lists that follow.yaml names over into followed-blocks.csv, to be reviewed like any
 * other change. Lists are never read by `pulumi up`: what it does is what was reviewed.
 */
import {
  type Follow,
  follow,
  FOLLOWED,
  followedCsv,
  blocksOf,
  type List,
  merged,
} from '../components/community/follow';
import type { Folder } from '../components/community/folder';
import { openFolder } from '../components/community/folder';
import { Problems } from '../components/community/problems';
import { readSound, selectedStack, writeFiles } from './community';
import { OperationError, type PulumiCli } from './pulumi';
import { costTable, followsLost } from './severs';

export async function followLists(pulumi: PulumiCli, community?: string): Promise<void> {
  const stack = await selectedStack(pulumi, community);
  const folder = openFolder(stack.folder);
  if (!folder) throw new OperationError(`There is no folder ${stack.folder}.`);
  const subscriptions = readFollow(folder);
  const lists = await Promise.all(subscriptions.lists.map((list) => blocksFrom(list, folder)));
  const never = [...subscriptions.never.map(({ value }) => value), ...stack.own];
  writeFiles(folder, new Map([[FOLLOWED, followedCsv(merged(lists, never))]]));
  const { read } = readSound(stack);
  await pulumi
    .outputs()
    .then((outputs) => followsLost(outputs, read.followed, pulumi.login))
    .then((lost) => {
      console.log(costTable(lost));
    })
    .catch((error: unknown) => {
      if (!(error instanceof OperationError)) throw error;
      console.log(`What they would cost is not known: ${error.message}`);
    });
}

function readFollow(folder: Folder): Follow {
  const problems = new Problems();
  const subscriptions = follow(folder, problems);
  const errors = problems.lines('errors');
  if (errors.length === 0) return subscriptions;
  throw new OperationError(errors.map((line) => `${folder.name}/${line}`).join('\n'));
}

async function blocksFrom(list: List, folder: Folder) {
  const text = list.file === undefined ? await fetched(list.url ?? '') : (folder.text(list.file) ?? '');
  try {
    const { blocks, unusable } = blocksOf(list, text);
    const left = unusable > 0 ? `; not usable (obfuscated, or no domain): ${String(unusable)}` : '';
    console.log(`${list.name}: ${String(blocks.length)} blocks of ${list.threshold} or more${left}`);
    return blocks;
  } catch (error) {
    throw new OperationError(error instanceof Error ? error.message : String(error));
  }
}

async function fetched(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(60_000) }).catch((error: unknown) => {
    throw new OperationError(
      `${url} can't be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  if (answer.ok) return answer.text();
  throw new OperationError(`${url} answers ${String(answer.status)}: nothing was changed.`);
}
