/** What comes with the program as an example, and is somebody else's: left in, it would give strangers a way in. */
import { Findings } from './findings';

/** The domain of the examples in `Pulumi.prod.yaml` and `community/`. It is no reserved name: somebody may own it, and read its mail. */
export const EXAMPLE_DOMAIN = 'example.social';

/** Fingerprints of the SSH keys that `Pulumi.prod.yaml` came with. */
export const EXAMPLE_KEYS: ReadonlySet<string> = new Set([
  'SHA256:iwazu8Hiq3yLMNArYmgVzXw2tjRRmh5uBEI9pKHpdR4',
  'SHA256:gOFi6tEhziwRYXhKSWAHwKH8NOIfz79/mj4yHB3Ftxk',
]);

/** Whether a text names the example's domain. */
export const namesExample = (text: string) =>
  /(?:^|[^a-z0-9-])example\.social(?![a-z0-9.-]*[a-z0-9])/i.test(text);

/** Refuses addresses of the examples where the server has another domain. `own`: the server's domains. */
export function refuseExamples(
  findings: Findings,
  { administrators, smtp, acme }: Readonly<Record<string, unknown>>,
  own: readonly string[],
): void {
  if (own.includes(EXAMPLE_DOMAIN) || own.includes('')) return;
  const look = (path: string, value: unknown) => {
    if (typeof value !== 'string' || !namesExample(value)) return;
    const expected = `expected an address of yours, such as alice@${own[0] ?? ''}`;
    findings.refuse(path, value, `is an example that came with the program; ${expected}`);
  };
  const people = Array.isArray(administrators) ? (administrators as unknown[]) : [];
  people.forEach((person, i) => {
    look(`administrators[${String(i)}].email`, field(person, 'email'));
  });
  look('smtp.from', field(smtp, 'from'));
  look('acme.contact', field(acme, 'contact'));
}

const field = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
