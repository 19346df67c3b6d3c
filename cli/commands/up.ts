import { command } from '../command';
import { lockOf, pulumiFlags, states, yes } from './shared';

export default command({
  name: 'up',
  summary: 'Runs `pulumi up`, judged by the guard rails',
  details:
    'Before that it repairs what a killed run left, and exports the state. It ends with the exit code of `pulumi up`.',
  args: { flags: pulumiFlags },
  options: { yes, lockOf },
  environment: states,
  examples: { up: 'asks before it changes anything', 'up --stack prod --yes': 'for automation' },
  run: async ({ pulumi, args: { flags }, options }) =>
    (await import('../deploy/up')).up(pulumi, { flags, ...options }),
});
