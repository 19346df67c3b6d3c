import { command } from '../command';

export default command({
  name: 'export',
  summary: 'Writes the whole server into a folder, as any other installation of Mastodon can take it',
  options: {
    folder: {
      value: 'FOLDER',
      type: 'file',
      meaning: 'a new or empty folder; default: export-HOST-DATE',
      variable: 'FOLDER',
    },
    noMedia: { meaning: 'leaves media out', variable: 'MEDIA', when: 'no' },
  },
  examples: { export: 'everything', 'export --folder /mnt/copy --no-media': 'database and environment' },
  run: async ({ pulumi, options: { folder, noMedia } }) =>
    (await import('../move/export')).exportServer(pulumi, { folder, media: !noMedia }),
});
