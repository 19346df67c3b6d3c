/** Examples that come with the program belong to others: a server that kept one would let strangers in. */

/** The domain of the examples in `Pulumi.prod.yaml` and `community/`. It is not reserved: its owner may read its mail. */
export const EXAMPLE_DOMAIN = 'example.social';

/** Fingerprints of the SSH keys that `Pulumi.prod.yaml` came with. */
export const EXAMPLE_KEYS: ReadonlySet<string> = new Set([
  'SHA256:iwazu8Hiq3yLMNArYmgVzXw2tjRRmh5uBEI9pKHpdR4',
  'SHA256:gOFi6tEhziwRYXhKSWAHwKH8NOIfz79/mj4yHB3Ftxk',
]);

/** Whether a text names the example's domain. */
export const namesExample = (text: string) =>
  /(?:^|[^a-z0-9-])example\.social(?![a-z0-9.-]*[a-z0-9])/i.test(text);
