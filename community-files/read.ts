import { remedy } from '../lib/nearest';
import { EXAMPLE_DOMAIN, namesExample } from '../settings/examples';
import * as blocks from './blocks';
import { crossCheck } from './cross-checks';
import { ABOUT, about, type History, PRIVACY, privacyPolicy, TERMS, terms } from './documents';
import { withParents } from './domains';
import { encodingProblem } from './encoding';
import type { Folder } from './folder';
import { FOLLOW, FOLLOWED, follow, followedBlocks } from './follow';
import { KINDS } from './kinds';
import { warnOfStaleLists } from './list-copies';
import { readLists } from './lists';
import { Problems } from './problems';
import { RULES, rules } from './rules';
import { SERVER, serverSettings } from './server-settings';
import { TEAM, team } from './team';
import type { Community, DomainBlock } from './types';

/** What the checks depend on besides the files. */
export interface Surroundings {
  /** The server's own domains. */
  readonly own: readonly string[];
  /** Mastodon's, such as `4.7.6`. */
  readonly version: string;
  readonly now: Date;
  readonly history: History;
}

/** A community, and which of its blocks come from lists that it follows. */
export interface Read {
  readonly community: Community;
  readonly followed: readonly DomainBlock[];
  readonly maxNewBlocks: number;
  readonly maxChangedPercent: number;
  readonly warnings: readonly string[];
}

const FILES = [TEAM, RULES, TERMS, PRIVACY, ABOUT, SERVER, FOLLOW, FOLLOWED, ...Object.keys(blocks.COLUMNS), ...KINDS.map(({ file }) => file)]; // prettier-ignore

/** Reads the files of a community and judges them: what they say, or every problem, each with file and line. */
export function readCommunity(
  folder: Folder,
  { own, version, now, history }: Surroundings,
): Read | { readonly problems: readonly string[] } {
  const problems = new Problems();
  refuseUnknownFiles(folder, problems);
  // What else is wrong with such a file would only be a consequence.
  if (refuseEncodings(folder, problems)) return { problems: problems.lines('errors') };
  refuseExamples(folder, own, problems);
  const staff = team(folder, problems) ?? { people: [], roles: [] };
  const subscriptions = follow(folder, problems);
  warnOfStaleLists(folder, subscriptions, now, problems);
  const followed = followedBlocks(folder, subscriptions, problems);
  const entries = {
    team: staff.people,
    domainBlocks: blocks.domainBlocks(folder, problems),
    domainAllows: blocks.domainAllows(folder, problems),
    emailDomainBlocks: blocks.emailDomainBlocks(folder, problems),
    ipBlocks: blocks.ipBlocks(folder, problems, now),
    followed,
    never: subscriptions.never,
  };
  const others = withoutOwn(values(followed), values(entries.domainBlocks));
  crossCheck(entries, new Set(others), own, problems);
  const privacy = privacyPolicy(folder, problems);
  const page = about(folder, problems);
  const published = terms(folder, problems, history);
  const usernames = staff.people.map(({ value }) => value.username.toLowerCase());
  const lists = readLists({ folder, own, now, problems, team: usernames });
  const community: Community = {
    roles: values(staff.roles),
    team: values(staff.people),
    rules: values(rules(folder, problems)),
    ...(published && { terms: published }),
    settings: {
      ...serverSettings(folder, version, problems),
      ...(privacy !== undefined && { site_terms: privacy }),
      ...(page !== undefined && { site_extended_description: page }),
    },
    domainBlocks: [...values(entries.domainBlocks), ...others],
    domainAllows: values(entries.domainAllows),
    emailDomainBlocks: values(entries.emailDomainBlocks),
    ipBlocks: values(entries.ipBlocks),
    ...(Object.keys(lists).length > 0 && { lists }),
  };
  const errors = problems.lines('errors');
  if (errors.length > 0) return { problems: errors };
  return {
    community,
    followed: others,
    maxNewBlocks: subscriptions.maxNewBlocks,
    maxChangedPercent: subscriptions.maxChangedPercent,
    warnings: problems.lines('warnings'),
  };
}

const values = <T>(entries: readonly { value: T }[]) => entries.map(({ value }) => value);

/** What the community decided itself, on a domain or one above it, goes before any list. */
function withoutOwn(followed: readonly DomainBlock[], own: readonly DomainBlock[]): DomainBlock[] {
  const decided = new Set(own.map(({ domain }) => domain));
  return followed.filter(({ domain }) => !withParents(domain).some((one) => decided.has(one)));
}

/** The files that come with the program are an example: people, addresses and links of another domain. */
function refuseExamples(folder: Folder, own: readonly string[], problems: Problems): void {
  if (own.length === 0 || own.includes(EXAMPLE_DOMAIN)) return;
  for (const file of folder.files.filter((one) => FILES.includes(one))) {
    const whole = folder.text(file) ?? '';
    if (!namesExample(whole)) continue;
    whole.split('\n').forEach((text, i) => {
      if (!namesExample(text)) return;
      problems.refuse(
        { file, line: i + 1 },
        `names ${EXAMPLE_DOMAIN}, an example that came with the program, and this server is ${own[0] ?? ''}; write your own, or take it out`,
      );
    });
  }
}

/** Whether there is a file in another encoding than UTF-8. */
function refuseEncodings(folder: Folder, problems: Problems): boolean {
  const found = folder.files.flatMap((file) => {
    const bytes = FILES.includes(file) ? folder.bytes(file) : undefined;
    return (bytes && encodingProblem(file, bytes)) ?? [];
  });
  for (const { message, ...place } of found) problems.refuse(place, message);
  return found.length > 0;
}

/** A file with a wrong name would count as one that isn't there, and take back all that is in it. */
function refuseUnknownFiles(folder: Folder, problems: Problems): void {
  for (const file of folder.files) {
    if (FILES.includes(file) || BESIDE.some((one) => one.test(file))) continue;
    problems.refuse({ file, line: 1 }, `is not a file that is known here; ${remedy(file, FILES)}`);
  }
}

/** What may be beside the files: what is in folders, notes, images, and what desktops and editors leave behind. */
const BESIDE: readonly RegExp[] = [
  /\//,
  /^(README|LICEN[CS]E|COPYING|CODEOWNERS|CONTRIBUTING|CHANGELOG)(\.\w+)?$/i,
  /\.(png|jpe?g|gif|webp)$/i,
  /^\.|^~|^#.*#$|~$|\.(bak|orig|rej|swp|tmp)$/,
  /^(Thumbs\.db|desktop\.ini|Icon\r)$/i,
];
