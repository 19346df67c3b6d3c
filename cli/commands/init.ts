import { command } from '../command';

export default command({
  name: 'init',
  summary:
    'Asks for the settings of a new stack, checks each answer at once, keeps it, and ends with a preview',
  details:
    'Without a terminal it asks nothing, and names everything that is missing. Interrupted, the same command continues.',
  ownStack: 'asked for, or `prod` where there is no terminal',
  options: {
    backend: {
      value: 'URL',
      meaning: 'where the state is kept, as `pulumi login` takes it; default: where you are logged in',
      variable: 'BACKEND',
    },
    answers: {
      value: 'FILE',
      type: 'file',
      meaning: 'settings in YAML, as in Pulumi.prod.yaml but without `mastodon-on-civo:`',
      variable: 'ANSWERS',
    },
  },
  environment: {
    CIVO_TOKEN: "Civo's API key",
    SMTP_PASSWORD: "the mail relay's password",
    PULUMI_CONFIG_PASSPHRASE: "encrypts the stack's secrets, outside of Pulumi Cloud",
  },
  examples: {
    init: 'asks for everything',
    'init --stack prod --answers answers.yaml': 'for automation, with the secrets in the environment',
  },
  run: async ({ pulumi, stack, options }) =>
    (await import('../init/init')).init(pulumi, { ...options, stack }),
});
