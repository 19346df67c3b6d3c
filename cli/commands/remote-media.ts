import { command } from '../command';

export default command({
  name: 'remote-media',
  summary: "Shows what copies of other servers' media take, by age, and what a limit would delete",
  details:
    'The limit is the setting `housekeeping.remoteMediaGb` of the stack, also before it is deployed. Nothing is deleted by this command: the daily housekeeping does that. Where more than a third of the copies would go at once, it waits for `--agree`.',
  options: {
    gb: { value: 'N', meaning: 'another limit in GB; 0: none', variable: 'GB' },
    agree: {
      meaning: 'lets the next housekeeping delete what the limit says, also a large share',
      variable: 'AGREE',
    },
  },
  examples: {
    'remote-media': 'what the setting would delete',
    'remote-media --gb 100': 'what a limit of 100 GB would delete',
    'remote-media --agree': 'agrees to it',
  },
  run: async ({ pulumi, options }) => (await import('../server/remote-media')).remoteMedia(pulumi, options),
});
