/** `make community-pull`: what was changed in the web interface, written into the files: a diff for a pull request. */
import { pulled, type Server } from '../components/community/pull';
import { written } from '../components/community/write';
import { readSound, selectedStack, writeFiles } from './community';
import { Machine } from './machine';
import { operation, type PulumiCli } from './pulumi';

async function pull(pulumi: PulumiCli): Promise<void> {
  const { folder, read } = readSound(await selectedStack(pulumi));
  const machine = Machine.of(await pulumi.outputs());
  const ask = async (what: string): Promise<unknown> => {
    const command = ['sudo', '/usr/local/lib/mastodon/community', what];
    return JSON.parse(await machine.run(command, { input: 'ignore', output: 'text' }));
  };
  const present = (await ask('read')) as Omit<Server, 'drift'>;
  const drift = (await ask('drift')) as Server['drift'];
  const files = written(folder, read, pulled(read.community, { ...present, drift }));
  writeFiles(folder, files);
  if (files.size === 0) console.log('The files say what the server has.');
}

operation(pull);
