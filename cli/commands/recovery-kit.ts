import { command } from '../command';

export default command({
  name: 'recovery-kit',
  summary:
    "Writes what a recovery needs when the stack's state is lost, encrypted to keys or with a passphrase",
  options: {
    recipients: {
      value: 'KEYS',
      meaning: 'public keys, such as `age1…` and `ssh-ed25519 …`; default: a passphrase',
      variable: 'RECIPIENTS',
    },
    recipientsFile: {
      value: 'FILE',
      type: 'file',
      meaning: 'a file of public keys',
      variable: 'RECIPIENTS_FILE',
    },
    identity: {
      value: 'FILE',
      type: 'file',
      meaning: 'a private key that the kit is read back with',
      variable: 'IDENTITY',
    },
    file: {
      value: 'FILE',
      type: 'file',
      meaning: 'the file to write; default: recovery-kit-STACK-DATE.age',
      variable: 'FILE',
    },
  },
  examples: {
    'recovery-kit': 'with a passphrase, which it asks for',
    'recovery-kit --recipients-file ~/.ssh/id_ed25519.pub --identity ~/.ssh/id_ed25519':
      'to your own key, and reads it back',
  },
  run: async ({ pulumi, options }) =>
    (await import('../recovery-kit/recovery-kit')).recoveryKit(pulumi, options),
});
