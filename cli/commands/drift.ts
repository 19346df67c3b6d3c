import { command } from '../command';
import { pulumiFlags } from './shared';

export default command({
  name: 'drift',
  summary: "Fails where Civo is not as the stack's state says; changes nothing",
  args: { flags: pulumiFlags },
  examples: { 'drift --stack prod': 'the stack prod' },
  run: async ({ pulumi, args: { flags } }) => {
    const check = ['--preview-only', '--expect-no-changes', '--non-interactive'];
    process.exitCode = await pulumi.shown(['refresh', ...check, ...flags]);
  },
});
