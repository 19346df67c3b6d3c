import { pulledLists } from './lists';
import type { Community, Kind, SettingValue } from './types';

/** What the machine's `community read` and `community drift` say. */
export interface Server {
  readonly community: Omit<Community, 'settings' | 'terms'> & {
    readonly settings: Readonly<Record<string, unknown>>;
    readonly terms?: Community['terms'] | null;
  };
  /** What the files made there, by its keys. */
  readonly managed: Readonly<Partial<Record<Kind, readonly string[]>>>;
  /** What of it was changed or removed in the web interface since. */
  readonly drift: readonly { readonly kind: Kind; readonly key: string }[];
}

/**
 * What the files shall say: what they say, but for what was made, changed or removed in the web interface. What was
 * edited in the files and not applied yet stays.
 */
export function pulled(files: Community, server: Server): Community {
  const there = server.community;
  const merge = <T>(kind: Kind, mine: readonly T[], theirs: readonly T[], key: (item: T) => string): T[] => {
    const drifted = new Set(server.drift.filter((one) => one.kind === kind).map((one) => one.key));
    const managed = new Set(server.managed[kind]);
    const byKey = new Map(theirs.map((item) => [key(item), item]));
    const known = new Set(mine.map(key));
    const kept = mine.flatMap((item) => {
      if (!drifted.has(key(item))) return [item];
      const now = byKey.get(key(item));
      return now === undefined ? [] : [now];
    });
    const made = theirs.filter((item) => !known.has(key(item)));
    return [...kept, ...made.filter((item) => !managed.has(key(item)) || drifted.has(key(item)))];
  };
  const byDomain = ({ domain }: { domain: string }) => domain;
  const byUsername = ({ username }: { username: string }) => username.toLowerCase();
  const people = new Map(files.team.map((member) => [byUsername(member), member]));
  const terms = merge('terms', optional(files.terms), optional(there.terms), (one) => one.effectiveDate);
  const rules = merge('rule', files.rules, there.rules, ({ key }) => key);
  return {
    roles: merge('role', files.roles, there.roles, ({ name }) => name),
    // Their address is theirs to change, and Mastodon has no place for the languages.
    team: merge('member', files.team, there.team, byUsername).map((member) => {
      return { ...member, ...people.get(byUsername(member)), role: member.role };
    }),
    rules: rules.sort((a, b) => a.priority - b.priority).map((rule, i) => ({ ...rule, priority: i + 1 })),
    ...(terms.length > 0 && { terms: terms.reduce((a, b) => (a.effectiveDate < b.effectiveDate ? b : a)) }),
    settings: pulledSettings(files.settings, server),
    domainBlocks: merge('domainBlock', files.domainBlocks, there.domainBlocks, byDomain),
    domainAllows: merge('domainAllow', files.domainAllows, there.domainAllows, byDomain),
    emailDomainBlocks: merge('emailDomainBlock', files.emailDomainBlocks, there.emailDomainBlocks, byDomain),
    ipBlocks: merge('ipBlock', files.ipBlocks, there.ipBlocks, ({ ip }) => ip),
    ...(files.lists && { lists: pulledLists(files.lists, there.lists ?? {}, merge) }),
  };
}

const optional = <T>(value: T | null | undefined): T[] => (value ? [value] : []);

/** Only those that the files set, or have set: all others are the web interface's. */
function pulledSettings(files: Community['settings'], { community, drift }: Server): Community['settings'] {
  const drifted = new Set(drift.filter(({ kind }) => kind === 'setting').map(({ key }) => key));
  const now = Object.entries(community.settings).filter(([key]) => drifted.has(key));
  const kept = Object.entries(files).filter(([key]) => !drifted.has(key) || key in community.settings);
  return { ...Object.fromEntries(kept), ...(Object.fromEntries(now) as Record<string, SettingValue>) };
}
