import { EXAMPLE_DOMAIN, namesExample } from './examples';
import type { Problem } from './problem';
import type { PlainSettings, SettingFields } from './types';

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
