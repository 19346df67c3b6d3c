import { normalRange } from './blocks';
import { isBlocked } from './cross-checks';
import { pulledLists } from './lists';
import { isPast } from './moment';
import { normalServer } from './normal';
import { isLeader } from './team';
import type { Community, Kind, Member, Rule, Server, SettingValue } from './types';

export interface Pulled {
  readonly community: Community;
  /** What stays in the web interface alone, since no file may say it: in a sentence each. */
  readonly left: readonly string[];
}

/**
 * What the files shall say: what they say, but for what was made, changed or removed in the web interface. What was
 * edited in the files and not applied yet stays. `own`: the server's domains.
 */
export function pulled(files: Community, server: Server, own: readonly string[], now: Date): Pulled {
  const left: string[] = [];
  const there = normalServer(server.community);
  // Ruby writes some addresses in another way: `::192.0.2.1` is `::c000:201` here.
  const named = (kind: Kind, keys: readonly string[] = []) =>
    new Set(kind === 'ipBlock' ? keys.map(normalRange) : keys);
  const drifted = (kind: Kind) =>
    named(
      kind,
      server.drift.filter((one) => one.kind === kind).map((one) => one.key),
    );
  const merge = <T>(kind: Kind, mine: readonly T[], theirs: readonly T[], key: (item: T) => string): T[] => {
    const changed = drifted(kind);
    const managed = named(kind, server.managed[kind]);
    const byKey = new Map(theirs.map((item) => [key(item), item]));
    const known = new Set(mine.map(key));
    const kept = mine.flatMap((item) => {
      if (!changed.has(key(item))) return [item];
      const now = byKey.get(key(item));
      return now === undefined ? [] : [now];
    });
    const made = theirs.filter((item) => !known.has(key(item)));
    return [...kept, ...made.filter((item) => !managed.has(key(item)) || changed.has(key(item)))];
  };
  const allowed = <T>(items: readonly T[], problem: (item: T) => string | undefined): T[] =>
    items.filter((item) => {
      const told = problem(item);
      if (told !== undefined) left.push(told);
      return told === undefined;
    });
  const byDomain = ({ domain }: { domain: string }) => domain;
  const byUsername = ({ username }: { username: string }) => username.toLowerCase();
  const terms = merge('terms', optional(files.terms), optional(there.terms), (one) => one.effectiveDate);
  const rules = merge('rule', files.rules, there.rules, ({ key }) => key);
  const blocks = allowed(there.domainBlocks, ({ domain }) => {
    const hit = own.find((one) => isBlocked(one, domain));
    return hit && `the block of ${domain}: ${hit} is this server itself. Lift it in the web interface`;
  });
  const ips = allowed(
    there.ipBlocks.filter(({ expiresAt }) => !isPast(expiresAt, now)),
    ({ ip, severity }) =>
      ip.endsWith('/0') && severity === 'no_access'
        ? `the block of ${ip}: it is the whole internet`
        : undefined,
  );
  const people = new Map(files.team.map((member) => [byUsername(member), member]));
  // Their address is theirs to change, and Mastodon has no place for the languages.
  const team = merge('member', files.team, there.team, byUsername).map((member) => {
    return { ...member, ...people.get(byUsername(member)), role: member.role };
  });
  const community: Community = {
    roles: merge('role', files.roles, there.roles, ({ name }) => name),
    team: withLeaders(team, files.team, left),
    rules: inOrder(rules, files.rules, there.rules, wasReordered(server)),
    ...(terms.length > 0 && { terms: terms.reduce((a, b) => (a.effectiveDate < b.effectiveDate ? b : a)) }),
    settings: pulledSettings(files.settings, { ...server, community: there }),
    domainBlocks: merge('domainBlock', files.domainBlocks, blocks, byDomain),
    domainAllows: merge('domainAllow', files.domainAllows, there.domainAllows, byDomain),
    emailDomainBlocks: merge('emailDomainBlock', files.emailDomainBlocks, there.emailDomainBlocks, byDomain),
    ipBlocks: merge('ipBlock', files.ipBlocks, ips, ({ ip }) => ip),
    ...(files.lists && { lists: pulledLists(files.lists, there.lists ?? {}, merge) }),
  };
  return { community, left };
}

/** The files name at least two leaders: one who lost the role in the web interface stays in them until there is another. */
function withLeaders(team: readonly Member[], before: readonly Member[], left: string[]): readonly Member[] {
  if (team.filter(isLeader).length >= 2) return team;
  left.push(
    'who is no longer Owner or Admin: the team needs at least two of them. Name another one in team.yaml, and pull again',
  );
  const now = new Map(team.map((member) => [member.username.toLowerCase(), member]));
  const kept = before.map((member) =>
    isLeader(member) ? member : (now.get(member.username.toLowerCase()) ?? member),
  );
  const known = new Set(before.map(({ username }) => username.toLowerCase()));
  return [...kept, ...team.filter(({ username }) => !known.has(username.toLowerCase()))];
}

const wasReordered = ({ drift }: Server) =>
  drift.some(
    ({ kind, server, lastApplied }) =>
      kind === 'rule' && server && lastApplied && server.priority !== lastApplied.priority,
  );

/**
 * In the server's order if that was changed, else in the files'; what only the other side knows comes after what is before
 * it there.
 */
function inOrder(
  rules: readonly Rule[],
  mine: readonly Rule[],
  theirs: readonly Rule[],
  reordered: boolean,
): readonly Rule[] {
  const keys = (some: readonly Rule[]) => some.map(({ key }) => key);
  const [first, second] = reordered ? [keys(theirs), keys(mine)] : [keys(mine), keys(theirs)];
  const order = [...first];
  second.forEach((key, i) => {
    if (!order.includes(key)) order.splice(order.indexOf(second[i - 1] ?? '') + 1, 0, key);
  });
  const place = new Map(order.map((key, i) => [key, i]));
  return [...rules]
    .sort((a, b) => (place.get(a.key) ?? 0) - (place.get(b.key) ?? 0))
    .map((rule, i) => ({ ...rule, priority: i + 1 }));
}

const optional = <T>(value: T | null | undefined): T[] => (value ? [value] : []);

/** Only those that the files set, or have set: all others are the web interface's. */
function pulledSettings(files: Community['settings'], { community, drift }: Server): Community['settings'] {
  const drifted = new Set(drift.filter(({ kind }) => kind === 'setting').map(({ key }) => key));
  const now = Object.entries(community.settings).filter(([key]) => drifted.has(key));
  const kept = Object.entries(files).filter(([key]) => !drifted.has(key) || key in community.settings);
  return { ...Object.fromEntries(kept), ...(Object.fromEntries(now) as Record<string, SettingValue>) };
}
