import { command } from '../command';
import { community, json } from './shared';

export default command({
  name: 'community check',
  summary: "Checks the community's files, in a second and without a network",
  options: { community, json },
  examples: { 'community check': 'those of each stack whose settings are in this checkout' },
  run: async ({ options }) => {
    (await import('../community/check')).communityCheck(options);
  },
});
