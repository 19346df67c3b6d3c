import { command } from '../command';
import { community } from './shared';

export default command({
  name: 'community pull',
  summary: 'Writes what was changed in the web interface into the files',
  options: { community },
  examples: { 'community pull': 'the selected stack' },
  run: async ({ pulumi, options }) => (await import('../community/pull')).pull(pulumi, options.community),
});
