/** What to do when Civo, or its provider, fails: the provider's own words seldom tell. */

/** A failure of the provider with one of Civo's objects. */
export interface Failure {
  readonly urn: string;
  /** The kind, such as `Network`. */
  readonly kind: string;
  readonly operation: 'create' | 'read' | 'update' | 'delete';
  /** What Civo calls the object: its name, label or hostname. */
  readonly object: string;
  /** What the provider said. */
  readonly message: string;
}

/** Kinds that have names of their own: what people call one, and how Civo's command line lists and removes it. */
const KINDS: Readonly<Record<string, readonly [thing: string, command: string]>> = {
  Network: ['a network', 'civo network'],
  Firewall: ['a firewall', 'civo firewall'],
  SshKey: ['an SSH key', 'civo sshkey'],
  Instance: ['an instance', 'civo instance'],
  ReservedIp: ['a reserved IP', 'civo ip'],
  DnsDomainName: ['a domain', 'civo domain'],
  DnsDomainRecord: ['a DNS record', 'civo domain record'],
  ObjectStore: ['an object store', 'civo objectstore'],
  ObjectStoreCredential: ['an object store credential', 'civo objectstore credential'],
};

const AGAIN = 'then run the same command again: it continues from here';

/** Signs in the provider's message, most telling first, and what each asks for. */
const REMEDIES: readonly (readonly [RegExp, (failure: Failure) => string])[] = [
  [
    /database_account_not_found|AccountNotFound|Authentication|status: 401/,
    () =>
      `Civo does not accept the API key. Check CIVO_TOKEN (Civo's dashboard, Settings, Security), ${AGAIN}.`,
  ],
  [/status: 429|too_many_requests/, () => `Civo asks for fewer requests. Wait a minute, ${AGAIN}.`],
  [/quota/i, () => `Your Civo account has no room for it. Ask for more quota in Civo's dashboard, ${AGAIN}.`],
  [
    /size_?not_?found/i,
    () => `The region does not offer this size. Set another one: pulumi config set size SIZE, ${AGAIN}.`,
  ],
  [/out_?of_?capacity/i, () => `The region is full. Wait, or choose another size, ${AGAIN}.`],
  [/duplicate/i, leftover],
  [
    /already assigned/,
    () =>
      `An earlier run assigned the address, and did not hear of it. Take it back with "civo ip ls" and "civo ip unassign", ${AGAIN}.`,
  ],
  [
    // All that the provider says of a deletion that Civo refused, as it does where there is nothing to delete.
    /occurred while trying to delete/,
    ({ urn }) =>
      `Wait a minute, ${AGAIN}. If Civo's dashboard shows that it is gone already, make the stack forget it: pulumi refresh --target '${urn}'`,
  ],
  [/in_?use/i, () => `Civo still counts what was deleted a moment ago. Wait a minute, ${AGAIN}.`],
];

/**
 * What an administrator can do about a failure, in a few sentences.
 *
 * What was made is in the stack's state, and the next run continues from there. The exception is an object whose creation
 * failed half-way, or whose answer was lost: the provider forgets it, and {@link leftover} says what to do then.
 */
export function adviceOn(failure: Failure): string {
  const remedy = REMEDIES.find(([sign]) => sign.test(failure.message))?.[1];
  return remedy?.(failure) ?? unwell(failure);
}

function unwell({ kind, operation, object }: Failure): string {
  const text = `Civo did not answer as it should; see https://status.civo.com. What was made so far is kept. Wait a little, ${AGAIN}.`;
  if (operation !== 'create' || !KINDS[kind]) return text;
  return `${text} Should ${object} have been made in spite of this, that run says so.`;
}

/**
 * Civo has an object that the stack doesn't know. It may be half a creation, but it may as well be what the server lives
 * on: a refresh during an outage of Civo makes the stack forget it. So the harmless ways out are named first. `bin/mastodon mend` takes
 * over what a killed run was making, as the state reports; of a failed creation the state has nothing any more.
 */
export function leftover({ kind, object, handle = object }: Leftover): string {
  const [thing, command] = KINDS[kind] ?? ['an object', 'civo'];
  return (
    `Civo has ${thing} called ${object} already that this stack does not know. If the stack had it before, a refresh ` +
    'during an outage of Civo made it forget: remove nothing, but see docs/forgotten.md. If an earlier run was killed, ' +
    'take it over: bin/mastodon mend, then bin/mastodon up. If an earlier run made it and ' +
    `then failed, it is new and empty: remove it with "${command} remove ${handle}", ${AGAIN}.`
  );
}

export interface Leftover extends Pick<Failure, 'kind' | 'object'> {
  /** By what Civo's command line knows it. Default: the same name. */
  readonly handle?: string;
}

/** Civo does not say whether it has the object already; made now, it might be the second one. */
export function unsure(failure: Failure): string {
  const { object, message } = failure;
  return `Civo does not say whether it has ${object} already (${message}), so it was not made. ${adviceOn(failure)}`;
}

/** Civo resizes an instance with its disk, and a disk only grows: its end would be cut off. */
export function smallerDisk(sizes: readonly [string, string], gb: readonly [number, number]): string {
  return (
    `Civo can't shrink a disk, and that of ${sizes[1]} has ${String(gb[1])} GB, that of ${sizes[0]} ${String(gb[0])} GB. ` +
    'Raise the setting generation as well: then a new machine of the smaller size continues from the backup.'
  );
}
