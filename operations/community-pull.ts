/** what was changed in the web interface, written into the files: a diff for a pull request. */
import { pulled, type Server } from '../components/community/pull';
import { written } from '../components/community/write';
import { readSound, selectedStack, writeFiles } from './community';
import { driftOf } from './drift';
import { Machine } from './machine';
import type { PulumiCli } from './pulumi';

export async function pull(pulumi: PulumiCli, community?: string): Promise<void> {
  const { folder, read } = readSound(await selectedStack(pulumi, community));
  const machine = Machine.of(await pulumi.outputs(), pulumi.login);
  const command = ['sudo', '/usr/local/lib/mastodon/community', 'read'];
  const text = await machine.run(command, { input: 'ignore', output: 'text' });
  const present = JSON.parse(text) as Omit<Server, 'drift'>;
  const drift = await driftOf(machine);
  const files = written(folder, read, pulled(read.community, { ...present, drift }));
  writeFiles(folder, files);
  if (files.size === 0) console.log('The files say what the server has.');
}
