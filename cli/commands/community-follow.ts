import { command } from '../command';
import { community } from './shared';

export default command({
  name: 'community follow',
  summary: 'Writes the lists that the community follows into its files',
  options: { community },
  examples: { 'community follow': 'the selected stack' },
  run: async ({ pulumi, options }) =>
    (await import('../../operations/community-follow')).followLists(pulumi, options.community),
});
