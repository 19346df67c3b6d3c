import { command } from '../command';

export default command({
  name: 'adopt-kit',
  summary: 'Brings a recovery kit into a new stack, so that `pulumi up` continues the lost one',
  args: {
    // Left out, the command itself says what a kit is called.
    kit: { meaning: 'the file of the kit', optional: true, type: 'file', variable: 'KIT' },
  },
  options: {
    identity: {
      value: 'FILE',
      type: 'file',
      meaning: 'the private key that opens it, if it is not encrypted with a passphrase',
      variable: 'IDENTITY',
    },
    gone: {
      value: 'NAMES',
      meaning: 'objects that are really gone at Civo, or `all`: new and empty ones are created',
      variable: 'GONE',
    },
  },
  examples: {
    'adopt-kit recovery-kit-prod-2026-11-23.age': 'asks for the passphrase',
    "adopt-kit kit.age --identity ~/.ssh/id_ed25519 --gone 'mediaStore zone'":
      'opens it with a key; media and the zone are lost',
  },
  run: async ({ pulumi, args: { kit }, options }) =>
    (await import('../recovery-kit/adopt-kit')).adoptKit(pulumi, { kit, ...options }),
});
