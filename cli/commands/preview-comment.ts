import { command } from '../command';

export default command({
  name: 'preview-comment',
  summary: 'Describes what this checkout changes of a stack, as Markdown for a pull request',
  details: 'Needs no secret and no Civo. `--stack` names the stack whose settings are compared.',
  ownStack: '`prod`',
  options: {
    base: {
      value: 'COMMIT',
      default: 'origin/main',
      meaning: 'what the checkout is compared with',
      variable: 'BASE',
    },
    file: {
      value: 'FILE',
      type: 'file',
      meaning: 'the file to write; default: standard output',
      variable: 'FILE',
    },
  },
  examples: { 'preview-comment --base HEAD^1 --file comment.md': 'what the last commit changes' },
  run: async ({ stack = 'prod', options }) =>
    (await import('../lib/trial')).startTrial('preview-comment/main.ts', { ...options, stack }),
});
