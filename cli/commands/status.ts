import { command } from '../command';
import { json } from './shared';

export default command({
  name: 'status',
  summary:
    'Reports how the machine is: services, queues, disk, database, buckets, backups, certificate, updates',
  options: { json },
  examples: { status: 'the selected stack', 'status --stack prod --json': 'the stack prod, as JSON' },
  run: async ({ pulumi, options }) => (await import('../server/status')).status(pulumi, options),
});
