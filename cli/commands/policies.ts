import { join } from 'node:path';
import { CHECKOUT } from '../lib/checkout';
import { command } from '../command';
import { pulumiFlags } from './shared';

export default command({
  name: 'policies',
  summary: 'Previews the stack and judges it by the guard rails; changes nothing',
  args: { flags: pulumiFlags },
  examples: { 'policies --stack prod': 'the stack prod' },
  run: async ({ pulumi, args: { flags } }) => {
    process.exitCode = await pulumi.shown(['preview', '--policy-pack', join(CHECKOUT, 'policies'), ...flags]);
  },
});
