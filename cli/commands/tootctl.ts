import { command } from '../command';

export default command({
  name: 'tootctl',
  summary: "Runs Mastodon's own command line on the machine",
  args: {
    words: {
      meaning: "tootctl's command, arguments and options; default: its help",
      optional: true,
      many: true,
      variable: 'ARGS',
    },
  },
  passThrough: true,
  examples: {
    tootctl: 'lists its commands',
    'tootctl --stack prod accounts modify alice --role Admin': 'makes alice an administrator',
  },
  run: async ({ pulumi, args }) => (await import('../server/remote')).tootctl(pulumi, args.words),
});
