/** The environment files of what the settings say of Mastodon's variables: one for each kind of process. */
import { VARIABLES } from '../settings/mastodon-variables';
import type { Reader } from '../settings/mastodon-variables/variable';
import type { Settings } from '../settings/types';
import type { BundleFile } from './template';

/** Values by the names of their variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Who reads each file: `rails.env` web, Sidekiq and each command in their image. */
const FILES = { rails: 'rails.env', streaming: 'streaming.env' } as const;

/**
 * Podman takes all behind the first `=` of a line as it is: quotes, spaces, `$` and `#` need nothing.
 * @throws Error if a value has a line break, which no such file can hold
 */
export function environmentFiles(
  federation: Settings['mastodon']['federation'],
  given: Environment,
): readonly BundleFile[] {
  const all: Environment = {
    ...(federation === 'limited' && { LIMITED_FEDERATION_MODE: 'true' }),
    ...given,
  };
  return Object.entries(FILES).map(([reader, name]): BundleFile => ({
    path: `handover/etc/mastodon/${name}`,
    mode: '600',
    content: [
      '# What the settings say of the environment of Mastodon.\n',
      ...Object.entries(all)
        .filter(([variable]) => [reader, 'all'].includes(readerOf(variable)))
        .map(([variable, value]) => line(variable, value)),
    ].join(''),
  }));
}

/** What only a fork reads may be for any process. */
const readerOf = (name: string): Reader => VARIABLES[name]?.readBy ?? 'all';

function line(name: string, value: string | undefined): string {
  if (value === undefined) return '';
  if (/[\r\n]/.test(value)) {
    throw new Error(`the value of ${name} has a line break, which an environment file can't hold`);
  }
  return `${name}=${value}\n`;
}
