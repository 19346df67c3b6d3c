import { command } from '../command';

export default command({
  name: 'restore',
  summary: 'Restores the database: its newest state, a moment, or a dump',
  details: 'The machine shows what there is, and asks before it overwrites anything. See docs/recovery.md.',
  options: {
    to: { value: 'MOMENT', meaning: 'a moment, with its time zone', variable: 'TO' },
    dump: { value: 'NAME', meaning: 'a dump, or `newest`', variable: 'DUMP' },
    from: {
      value: 'STORE',
      choices: ['secondary'],
      meaning: 'the second object store, for the dump',
      variable: 'FROM',
    },
    undoUpgrade: {
      meaning: 'the state before the last upgrade of Mastodon, and the release of that time',
      variable: 'UPGRADE',
      when: 'undo',
    },
    list: { meaning: 'only shows what there is', variable: 'LIST' },
    yes: { meaning: 'asks nothing', variable: 'YES' },
  },
  examples: {
    'restore --list': 'shows what there is',
    restore: 'the newest state',
    "restore --to '2026-11-23 05:00+00'": 'the state at that moment',
    'restore --dump newest --from secondary': 'the newest dump in the second object store',
  },
  run: async ({ pulumi, options }) => (await import('../server/restore')).restore(pulumi, options),
});
