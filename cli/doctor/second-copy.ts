/** The second copy of `bin/mastodon doctor`: whether what is stolen from the machine, its key, can delete it. */
import { type Finding, ok, type Context, warning } from './finding';

/** What `keep-versions --examine` prints on the machine. */
interface Examined {
  /** `no`; `versions`: what is deleted stays as a version; `yes`: for good. */
  readonly deletes: 'no' | 'versions' | 'yes';
  /** Enabled, Suspended, Unversioned or unknown. */
  readonly versioning: string;
  /** Such as `GOVERNANCE 30 days`; none or unknown. */
  readonly lock: string;
}

export async function secondCopy({
  settings,
  machine,
}: Pick<Context, 'settings' | 'machine'>): Promise<Finding> {
  if (settings.backup.secondary === undefined) {
    return {
      verdict: 'skipped',
      text: 'there is none',
      remedy:
        'With backup.secondary there is one that is out of this server’s reach (docs/backups.md, "The second store")',
    };
  }
  const said = await machine.run(['sudo', '/usr/local/lib/mastodon/keep-versions', '--examine'], {
    input: 'ignore',
    output: 'text',
  });
  const { deletes, versioning, lock } = JSON.parse(said) as Partial<Examined>;
  if (deletes === undefined) {
    return warning('the machine has none yet', 'pulumi up brings it backup.secondary');
  }
  const state = `versions: ${versioning ?? 'unknown'}, object lock: ${lock ?? 'unknown'}`;
  if (deletes === 'no') return ok(`the machine can’t delete in it (${state})`);
  if (deletes === 'versions') return ok(`what the machine deletes in it stays as a version (${state})`);
  return warning(
    `the machine can delete it for good (${state}): so can an intruder`,
    'Give backup.secondary a key that may only list, read and write (docs/backups.md, "The second store")',
  );
}
