import { command } from '../command';
import { lockOf, states, yes } from './shared';

export default command({
  name: 'rotate',
  summary: 'Replaces secrets that the stack made, and brings them to the machine',
  details:
    'Several are replaced by one `up`, which restarts each service once. Interrupted, the same command continues. See docs/recovery.md.',
  args: {
    secrets: {
      meaning: 'names of secrets; default: lists them',
      optional: true,
      many: true,
      variable: 'SECRET',
    },
  },
  options: { yes, lockOf },
  environment: states,
  examples: { rotate: 'lists the secrets', 'rotate media backups': 'replaces the keys of both buckets' },
  run: async ({ pulumi, args: { secrets }, options }) =>
    (await import('../rotate/rotate')).rotate(pulumi, { secrets, ...options }),
});
