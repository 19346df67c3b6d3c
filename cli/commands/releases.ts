import { command } from '../command';
import { json } from './shared';

export default command({
  name: 'releases',
  summary: "Compares the stack's Mastodon with upstream's releases and images, and writes the change",
  details:
    'Reads `Pulumi.<stack>.yaml` alone; needs no secret and no Civo. Without `--write` it exits with 1 if a release of the same ' +
    'minor version fixes security problems. With it, the newest release of that minor version is written, or the digests of ' +
    'images that were built again; it then exits with 1 if a release has had no images for 12 hours. See docs/upgrades.md.',
  ownStack: '`prod`',
  options: {
    json,
    write: {
      meaning: 'writes version and digests into Pulumi.<stack>.yaml; all else stays as it is',
      variable: 'WRITE',
    },
    file: {
      value: 'FILE',
      type: 'file',
      meaning: 'writes the Markdown of a pull request there',
      variable: 'FILE',
    },
  },
  environment: { GITHUB_TOKEN: 'a token of GitHub, which then answers more often; any will do' },
  examples: {
    releases: 'what is newer than the stack prod',
    'releases --stack prod --write': 'writes the newest patch release, for review and `pulumi up`',
  },
  run: async ({ stack = 'prod', options }) => (await import('../releases/releases')).releases(stack, options),
});
