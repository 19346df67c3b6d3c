import { command } from '../command';

export default command({
  name: 'ssh',
  summary: 'Opens a shell on the machine, whose host key is verified',
  examples: {
    ssh: 'as yourself',
    'ssh --admin alice --key ~/.ssh/mastodon': 'as alice, with a key that SSH does not find by itself',
  },
  run: async ({ pulumi }) => (await import('../server/remote')).shell(pulumi),
});
