import { command } from '../command';

export default command({
  name: 'console',
  summary: "Opens Rails' console on the machine",
  examples: { console: 'the selected stack' },
  run: async ({ pulumi }) => (await import('../server/remote')).console(pulumi),
});
