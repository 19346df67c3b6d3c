/**
 * Reads the community's files of each stack whose settings are here, as `pulumi up` would, and prints
 * every problem with its file and line. It needs neither Pulumi nor a network.
 */
import { KINDS } from '../../community-files/kinds';
import type { Read } from '../../community-files/read';
import { NEWEST_KNOWN } from '../../settings/mastodon-releases';
import { readStack, type Stack, stacksIn } from './stacks';

/** The problems of all stacks, and what is sound. */
export function checkAll(stacks: readonly Stack[]): { problems: string[]; said: string[] } {
  const problems = new Set<string>();
  const said: string[] = [];
  for (const stack of stacks) {
    const { read } = readStack(stack);
    if ('problems' in read) for (const line of read.problems) problems.add(`${stack.folder}/${line}`);
    else {
      said.push(`${stack.folder} (${stack.name}): ${summary(read)}`);
      said.push(...grouped(read.warnings).map((line) => `warning: ${stack.folder}/${line}`));
    }
  }
  return { problems: [...problems], said };
}

function summary({ community, followed }: Read): string {
  const { team, rules, domainBlocks, lists = {} } = community;
  const parts = [
    `${String(team.length)} people`,
    `${String(rules.length)} rules`,
    `${String(domainBlocks.length)} domain blocks, ${String(followed.length)} of them from lists`,
    ...KINDS.flatMap(({ list, title }) => {
      const items = lists[list];
      return items ? [`${String(items.length)} ${title}`] : [];
    }),
  ];
  return parts.join(', ');
}

/** Rows that another one covers come by the hundred, where a list is followed. */
const SHOWN = 10;
const COVERED = / is covered by /;

function grouped(warnings: readonly string[]): string[] {
  const covered = warnings.filter((line) => COVERED.test(line));
  const hidden = new Set(covered.slice(SHOWN));
  if (hidden.size === 0) return [...warnings];
  const last = covered[SHOWN - 1] ?? '';
  const more = `${last.split(':')[0] ?? ''}: … and ${String(hidden.size)} more rows that another one covers`;
  return warnings.flatMap((line) => (hidden.has(line) ? [] : line === last ? [line, more] : [line]));
}

export interface CommunityCheck {
  /** The folder of the files; default: those of all stacks whose settings lie here. */
  readonly community: string | undefined;
  readonly json: boolean;
}

/** Sets the exit code 1 if there are problems. */
export function communityCheck({ community: folder, json }: CommunityCheck): void {
  const named = stacksIn('.').filter((stack) => folder === undefined || stack.folder === folder);
  const alone = { name: 'no stack', folder: folder ?? 'community', own: [], version: NEWEST_KNOWN };
  const found = checkAll(named.length > 0 ? named : [alone]);
  if (json) console.log(JSON.stringify(found, null, 2));
  else {
    for (const line of found.said) console.log(line);
    for (const line of found.problems) console.error(line);
  }
  if (found.problems.length > 0) process.exitCode = 1;
}
