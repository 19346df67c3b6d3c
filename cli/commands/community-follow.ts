import { command } from '../command';
import { community } from './shared';

export default command({
  name: 'community follow',
  summary: 'Writes the lists that the community follows into its files',
  details: 'It exits with 1 if a list cannot be used, after all others were read. See docs/community.md.',
  options: {
    community,
    shrink: {
      value: 'NAMES',
      meaning: 'lists, with commas between them, that may block less than half of what they did',
      variable: 'SHRINK',
    },
  },
  examples: {
    'community follow': 'the selected stack',
    'community follow --shrink council': 'accepts that the list council became much shorter',
  },
  run: async ({ pulumi, options: { community, shrink = '' } }) =>
    (await import('../community/follow')).followLists(pulumi, {
      community,
      shrink: shrink.split(/[\s,]+/).filter(Boolean),
    }),
});
