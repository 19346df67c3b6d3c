import { command } from '../command';

export default command({
  name: 'logs',
  summary: 'Prints the logs of the machine, or follows them',
  args: {
    unit: {
      meaning: 'such as web, web@1, sidekiq, streaming or backup; default: all',
      optional: true,
      variable: 'UNIT',
    },
  },
  options: {
    since: {
      value: 'MOMENT',
      meaning: 'prints what was logged since then, and ends; default: the last 100 lines, then what comes',
      variable: 'SINCE',
    },
  },
  examples: {
    logs: 'follows all of them',
    "logs web --since '1 hour ago'": 'prints those of the web processes',
  },
  run: async ({ pulumi, args: { unit }, options: { since } }) =>
    (await import('../server/remote')).logs(pulumi, { unit, since }),
});
