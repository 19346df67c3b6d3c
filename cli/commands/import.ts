import { command } from '../command';

export default command({
  name: 'import',
  summary: 'Moves another Mastodon server into this stack',
  details: 'In two steps: its secrets before the first `pulumi up`, its data after it. See docs/recovery.md.',
  options: {
    env: {
      value: 'FILE',
      type: 'file',
      meaning: "before the first `pulumi up`: the old server's .env.production",
      variable: 'ENV',
    },
    dump: {
      value: 'FILE',
      type: 'file',
      meaning: 'after it: a file of `pg_dump --format=custom`',
      variable: 'DUMP',
    },
    media: {
      value: 'PLACE',
      meaning: 'after it: a folder, or a `remote:path` of rclone',
      variable: 'MEDIA',
    },
    force: {
      meaning:
        'imports although the server has accounts already, or settings or second factors would be lost',
      variable: 'FORCE',
    },
  },
  examples: {
    'import --env .env.production': 'before the first `pulumi up`',
    'import --dump mastodon.dump --media old:mastodon/media': 'after it',
  },
  run: async ({ pulumi, options }) => (await import('../move/import')).importServer(pulumi, options),
});
