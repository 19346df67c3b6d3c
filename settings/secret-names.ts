/** Lists of secrets, by the table of them. */
import { type SecretName, SECRETS, type StackSecret } from './secrets-table';

/** Every secret with its name, in the order of the documentation. */
export const secretEntries = () => Object.entries(SECRETS) as [SecretName, StackSecret][];

const named = (wanted: (secret: StackSecret) => boolean): readonly SecretName[] =>
  secretEntries()
    .filter(([, secret]) => wanted(secret))
    .map(([name]) => name);

/** The secrets that a stack of this program depends on. */
export const STACK_SECRETS = named(({ made }) => made !== undefined);
/** The secrets that come from another Mastodon server. Those that a stack would make must come. */
export const IMPORTED_SECRETS = named(({ imported }) => imported === true);
/** The secrets that the data of every Mastodon server depend on. */
export const SERVER_SECRETS = IMPORTED_SECRETS.filter((name) => STACK_SECRETS.includes(name));

/** The secrets that the machine gets. */
export const DELIVERED_SECRETS = named(({ delivered }) => delivered !== false);

/** A secret's name in Mastodon's environment. */
export const variableOf = (name: SecretName): string => {
  const { variable }: StackSecret = SECRETS[name];
  return variable ?? '';
};
