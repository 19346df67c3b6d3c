import { command } from '../command';
import { lockOf, states } from './shared';

export default command({
  name: 'refresh',
  summary:
    "Takes what was changed at Civo into the stack's state, and forgets nothing that Civo doesn't show",
  options: { lockOf },
  environment: states,
  examples: { 'refresh --stack prod': 'the stack prod' },
  run: async ({ pulumi, options }) => (await import('../deploy/refresh')).refresh(pulumi, options.lockOf),
});
