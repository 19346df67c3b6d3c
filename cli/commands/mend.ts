import { command } from '../command';
import { lockOf, states } from './shared';

export default command({
  name: 'mend',
  summary:
    'Repairs what a killed `pulumi up` or `destroy` left: its lock, and the objects that it was creating',
  details:
    '`up`, `refresh` and `rotate` do this by themselves. A lock of another computer counts as dead after three hours, or at once with `--lock-of`.',
  options: { lockOf },
  environment: states,
  examples: { mend: 'the selected stack', 'mend --lock-of runner@ci-7': 'the run of that computer is over' },
  run: async ({ pulumi, options }) => {
    const { mend } = await import('../deploy/mend');
    const mended = await mend(pulumi, options.lockOf);
    console.log(mended ? 'Repaired. Continue with: bin/mastodon up' : 'There is nothing to repair.');
  },
});
