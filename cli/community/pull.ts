/** Writes what was changed in the web interface into the files: a diff for a pull request. */
import { pulled } from '../../community-files/pull';
import type { Server } from '../../community-files/types';
import { writtenPictures } from '../../community-files/lists';
import { written } from '../../community-files/write';
import { ask } from './ask';
import { readSound, selectedStack, writeFiles } from './stacks';
import { driftOf } from './web-changes';
import { RemoteMachine } from '../lib/ssh';
import type { PulumiCli } from '../lib/pulumi-cli';

export async function pull(pulumi: PulumiCli, communityFolder?: string): Promise<void> {
  const stack = await selectedStack(pulumi, communityFolder);
  const { folder, read } = readSound(stack);
  const machine = RemoteMachine.of(await pulumi.outputs(), pulumi.login);
  const present = await ask<Omit<Server, 'drift'>>(machine, 'read');
  const drift = await driftOf(machine);
  const { community, left } = pulled(read.community, { ...present, drift }, stack.own, new Date());
  const files = new Map<string, string | Buffer>([
    ...written(folder, read, community),
    ...writtenPictures(folder, community.lists ?? {}),
  ]);
  writeFiles(folder, files);
  for (const what of left) console.log(`Not taken over: ${what}.`);
  if (files.size === 0) console.log('The files say what the server has.');
}
