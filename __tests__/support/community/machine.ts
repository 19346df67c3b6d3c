/**
 * How the machine compares what the files want with what the server has: Kind#value and Change.decide of
 * cloud-init/handover/usr/local/share/mastodon/community, in short. engine/community-compare.test.ts compares both. Which key a
 * rule of the server gets (Rules#keys_of) and which settings are at their defaults (Settings#present) isn't decided here.
 */
import { isPast } from '../../../community-files/moment';
import { normalServer } from '../../../community-files/normal';
import type { Server } from '../../../community-files/types';
import type { Community, Kind, Rule } from '../../../community-files/types';
import { isDeepStrictEqual } from 'node:util';
import { SURROUNDINGS } from './files';
import type { State } from './states';

type Value = Readonly<Record<string, unknown>>;
type Values = ReadonlyMap<string, Value>;
export type Ledger = Readonly<Partial<Record<Kind, Values>>>;
export type Action = 'nothing' | 'forget' | 'adopt' | 'drift' | 'delete' | 'create' | 'update' | 'conflict';

const KINDS = ['role', 'member', 'rule', 'terms', 'setting', 'domainBlock', 'domainAllow', 'emailDomainBlock', 'ipBlock'] as const; // prettier-ignore

/** What a document says of each kind, as the machine compares and remembers it. */
export function valuesOf(document: Community | State): Ledger {
  const { roles, team, rules, terms, settings, domainBlocks, domainAllows, emailDomainBlocks, ipBlocks } =
    normalServer(document);
  const map = <T>(items: readonly T[], key: (item: T) => string, value: (item: T) => Value): Values =>
    new Map(items.map((item) => [key(item), value(item)]));
  return {
    role: map(roles, ({ name }) => name, ({ permissions, position, color, highlighted, require2fa }) => ({
      position, permissions: [...permissions].sort(), color: color ?? '', highlighted: highlighted ?? false, require2fa: require2fa ?? false,
    })),
    member: map(team, ({ username }) => username.toLowerCase(), ({ role }) => ({ role })),
    rule: map(rules, ({ key }) => key, ruleValue),
    terms: map(terms ? [terms] : [], ({ effectiveDate }) => effectiveDate, ({ text, changelog }) => ({ text, changelog })),
    setting: new Map(Object.entries(settings).map(([key, value]) => [key, { value }])),
    domainBlock: map(domainBlocks, ({ domain }) => domain, (item) => without(item, 'domain')),
    domainAllow: map(domainAllows, ({ domain }) => domain, () => ({})),
    emailDomainBlock: map(emailDomainBlocks, ({ domain }) => domain, ({ allowWithApproval }) => ({ allowWithApproval })),
    ipBlock: map(ipBlocks.filter(({ expiresAt }) => !isPast(expiresAt, SURROUNDINGS.now)), ({ ip }) => rubyRange(ip), ({ severity, comment, expiresAt }) => ({ severity, comment, expiresAt: expiresAt ?? null })),
  }; // prettier-ignore
}

/** As IPAddr#to_s writes it: the last half of some IPv6 addresses is an IPv4 address. */
const rubyRange = (ip: string) =>
  ip.replace(/^::(ffff:)?([\da-f]{1,4}):([\da-f]{1,4})(?=\/)/, (_, mapped: string | undefined, ...halves: string[]) => {
    const bytes = halves.slice(0, 2).flatMap((half) => [parseInt(half, 16) >> 8, parseInt(half, 16) & 255]);
    return `::${mapped ?? ''}${bytes.join('.')}`;
  }); // prettier-ignore

const without = (item: object, key: string): Value =>
  Object.fromEntries(Object.entries(item).filter(([field]) => field !== key));

const ruleValue = ({ text, hint, priority, translations }: Rule): Value => {
  const ordered = [...translations].sort((a, b) => (a.language < b.language ? -1 : 1));
  return { text, hint, priority, translations: ordered };
};

/** What is done about each thing, by `kind/key`; what needs nothing isn't named. */
export function decisions(wanted: Ledger, applied: Ledger, present: Ledger): Map<string, Action> {
  const found = new Map<string, Action>();
  for (const kind of KINDS) {
    const [want, was] = [wanted[kind] ?? new Map<string, Value>(), applied[kind] ?? new Map<string, Value>()];
    const now = placed(kind, want, was, present[kind] ?? new Map<string, Value>());
    // What was published stays.
    const keys = new Set(kind === 'terms' ? want.keys() : [...want.keys(), ...was.keys()]);
    for (const key of keys) {
      const action = decide(want.get(key), was.get(key), now.get(key));
      if (action !== 'nothing') found.set(`${kind}/${key}`, action);
    }
  }
  return found;
}

function decide(wanted?: Value, applied?: Value, present?: Value): Action {
  const same = isDeepStrictEqual;
  if (same(wanted, present))
    return same(applied, wanted) ? 'nothing' : wanted === undefined ? 'forget' : 'adopt';
  if (same(wanted, applied)) return applied === undefined ? 'nothing' : 'drift';
  if (!same(present, applied)) return 'conflict';
  return wanted === undefined ? 'delete' : present === undefined ? 'create' : 'update';
}

/** Rules at their places of the files while they are in that order; blocks that were never applied have no reason of their own. */
function placed(kind: Kind, wanted: Values, applied: Values, present: Values): Values {
  if (kind === 'domainBlock') {
    return new Map([...present].map(([key, value]) =>
      [key, applied.has(key) ? value : { ...value, reasonUrl: wanted.get(key)?.reasonUrl ?? '' }])); // prettier-ignore
  }
  if (kind !== 'rule') return present;
  const place = (items: Values, key: string) => items.get(key)?.priority as number | undefined;
  const known = [wanted, applied].filter((items) => {
    const places = [...present.keys()].map((key) => place(items, key)).filter((one) => one !== undefined);
    return places.every((one, i) => i === 0 || (places[i - 1] ?? 0) <= one);
  });
  return new Map([...present].map(([key, value], i) =>
    [key, { ...value, priority: known.map((items) => place(items, key)).find((one) => one !== undefined) ?? i + 1 }])); // prettier-ignore
}

/** What `community drift` says. */
export function driftOf(applied: Ledger, present: Ledger): Server['drift'] {
  return KINDS.flatMap((kind) => {
    const now = placed(
      kind,
      new Map(),
      applied[kind] ?? new Map<string, Value>(),
      present[kind] ?? new Map<string, Value>(),
    );
    return [...(applied[kind] ?? [])]
      .filter(([key, value]) => !isDeepStrictEqual(now.get(key), value))
      .map(([key, lastApplied]) => ({ kind, key, server: now.get(key) ?? null, lastApplied }));
  });
}
