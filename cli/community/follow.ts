/**
 * Takes the lists that follow.yaml names over into followed-blocks.csv, to be reviewed like any
 * other change. Lists are never read by `pulumi up`: what it does is what was reviewed. It fails if a list can't be used, after
 * all others were taken over.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Folder, openFolder } from '../../community-files/folder';
import { type Follow, follow, FOLLOW } from '../../community-files/follow';
import { Problems } from '../../community-files/problems';
import { asciiDomain } from '../../settings/formats';
import { readSound, selectedStack, type Stack, stacksIn, writeFiles } from './stacks';
import { takeLists } from './followed-lists';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';
import { costTable, followsLost } from './lost-follows';

export interface FollowOptions {
  /** The folder of the community's files; default: as the setting `community` says. */
  readonly community: string | undefined;
  /** The lists that may block less than half of what they did, by their names. */
  readonly shrink: readonly string[];
}

export async function followLists(pulumi: PulumiCli, { community, shrink }: FollowOptions): Promise<void> {
  const stack = await followingStack(pulumi, community);
  const folder = openFolder(stack.folder);
  if (!folder) throw new OperationError(`There is no folder ${stack.folder}.`);
  const { files, obsolete, said, failures } = await takeLists(folder, readFollow(folder), {
    own: stack.own.map(asciiDomain),
    now: new Date(),
    shrink,
  });
  for (const line of said) console.log(line);
  writeFiles(folder, files);
  for (const file of obsolete) {
    console.log(`- ${join(folder.name, file)}`);
    rmSync(join(folder.name, file));
  }
  try {
    await tellCosts(stack, pulumi);
  } finally {
    // Last, where it is seen, whatever else is wrong.
    if (failures.length > 0) tellFailures(failures, folder.name);
  }
}

/** The selected stack; without Pulumi, or without a stack, the one whose settings lie here. */
async function followingStack(pulumi: PulumiCli, community: string | undefined): Promise<Stack> {
  try {
    return await selectedStack(pulumi, community);
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const named = stacksIn('.').filter(({ folder }) => (community ?? folder) === folder);
    const [first] = named;
    if (first === undefined || named.some(({ folder }) => folder !== first.folder)) throw error;
    return { ...first, own: named.flatMap(({ own }) => own) };
  }
}

function readFollow(folder: Folder): Follow {
  const problems = new Problems();
  const subscriptions = follow(folder, problems);
  const errors = problems.lines('errors');
  if (errors.length === 0) return subscriptions;
  throw new OperationError(errors.map((line) => `${folder.name}/${line}`).join('\n'));
}

async function tellCosts(stack: Stack, pulumi: PulumiCli): Promise<void> {
  const { read } = readSound(stack);
  for (const line of read.warnings) console.log(`warning: ${stack.folder}/${line}`);
  try {
    console.log(costTable(await followsLost(await pulumi.outputs(), read.followed, pulumi.login)));
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    console.log(`What they would cost is not known: ${error.message}`);
  }
}

function tellFailures(failures: readonly string[], folder: string): void {
  console.error(
    [
      `${String(failures.length)} of the lists can't be used; all others were taken over:`,
      ...failures.map((line) => `  ${line}`),
      `Try again later. If a list has moved, correct its url in ${folder}/${FOLLOW}. If it has ended, take it out there and run`,
      'bin/mastodon community follow again: what it alone blocks is then lifted.',
    ].join('\n'),
  );
  process.exitCode = 1;
}
