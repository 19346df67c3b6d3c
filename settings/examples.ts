/** Examples that come with the program belong to others: a server that kept one would let strangers in. */
import type { Problem } from './problem';
import type { PlainSettings, SettingFields } from './types';

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

/** Addresses of the examples where the server has another domain. */
export function exampleProblems(
  { administrators, smtp, acme }: Pick<SettingFields, 'administrators' | 'smtp' | 'acme'>,
  { domain, webDomain }: Pick<PlainSettings, 'domain' | 'webDomain'>,
): Problem[] {
  if ([EXAMPLE_DOMAIN, ''].some((name) => name === domain || name === webDomain)) return [];
  const addresses = [
    ...administrators.map(({ email }, i) => ({ path: `administrators[${String(i)}].email`, value: email })),
    { path: 'smtp.from', value: smtp.from },
    { path: 'acme.contact', value: acme.contact ?? '' },
  ];
  const expected = `expected an address of yours, such as alice@${domain}`;
  return addresses
    .filter(({ value }) => namesExample(value))
    .map((one) => ({ ...one, text: `is an example that came with the program; ${expected}` }));
}
