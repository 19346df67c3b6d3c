import { command } from '../command';
import { community } from './shared';

export default command({
  name: 'community preview',
  summary: 'Shows what `pulumi up` would change, and which follows new suspensions would end',
  options: { community },
  examples: { 'community preview': 'the selected stack' },
  run: async ({ pulumi, options }) =>
    (await import('../community/preview')).preview(pulumi, options.community),
});
