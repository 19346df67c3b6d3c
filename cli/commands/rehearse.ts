import { command } from '../command';

export default command({
  name: 'rehearse',
  summary: 'Carries out an upgrade of Mastodon on a copy of the server, cut off from the world',
  details:
    'The copy is made on this computer from the newest backup, and removed afterwards. Runs as root on Linux. See docs/upgrades.md.',
  args: { version: { meaning: 'the version to upgrade to', variable: 'VERSION' } },
  options: {
    dump: {
      value: 'NAME',
      meaning: 'a dump, or `newest`, in place of the backup: any version of PostgreSQL reads it',
      variable: 'DUMP',
    },
    keep: { meaning: 'leaves the copy there', variable: 'KEEP' },
    slot: {
      value: 'NUMBER',
      default: '7',
      choices: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
      meaning: "the copy's network, as a slot of local clouds",
      variable: 'REHEARSAL_SLOT',
    },
  },
  examples: {
    'rehearse 4.7.0': 'from the newest backup',
    'rehearse 4.7.0 --dump newest': 'from the newest dump',
  },
  run: async ({ pulumi, args: { version }, options }) =>
    (await import('../lib/trial')).startTrial('rehearse/main.ts', {
      selection: pulumi.selection,
      version,
      ...options,
    }),
});
