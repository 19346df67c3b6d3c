import { command } from '../command';
import { json } from './shared';

export default command({
  name: 'cost',
  summary: 'Prints what the stack costs a month, by cli/cost/prices.yaml',
  options: { json },
  examples: { cost: 'the selected stack', 'cost --stack prod --json': 'the stack prod, as JSON' },
  run: async ({ pulumi, options }) => (await import('../cost/cost')).cost(pulumi, options),
});
