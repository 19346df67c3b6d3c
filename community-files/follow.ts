import { z } from 'zod';
import { remedy } from '../lib/nearest';
import { domainBlock, EXPORTED, SEVERITIES } from './blocks';
import { csvLine, readCsv } from './csv-table';
import { blockedDomainProblem, normalDomain } from './domains';
import type { Folder } from './folder';
import { type Entry, type Problems, refuseTwins } from './problems';
import type { DomainBlock, Severity } from './types';
import { readYaml } from './yaml-file';

export const FOLLOW = 'follow.yaml';
/** What `bin/mastodon community follow` writes. */
export const FOLLOWED = 'followed-blocks.csv';
export const FOLLOWED_COLUMNS = { ...EXPORTED, required: [...EXPORTED.required, 'list'] };

const SCHEMA = z.strictObject({
  max_new_blocks: z.int('expected a whole number').min(0, 'expected 0 or more').default(50),
  max_changed_percent: z
    .int('expected a whole number')
    .min(0, 'expected 0 to 100')
    .max(100, 'expected 0 to 100')
    .default(25),
  lists: z
    .array(
      z
        .strictObject({
          name: z.string().regex(/^[\w-]+$/, 'expected a name of letters, digits, - and _'),
          url: z.url({ protocol: /^https$/, error: 'expected an https:// address' }).optional(),
          file: z.string().optional(),
          threshold: z.enum(SEVERITIES, `expected one of ${SEVERITIES.join(', ')}`).default('suspend'),
        })
        .refine(({ url, file }) => (url === undefined) !== (file === undefined), 'expected a url or a file'),
    )
    .default([]),
  never: z.array(z.string('expected a domain')).default([]),
});

export type List = z.infer<typeof SCHEMA>['lists'][number];

export interface Follow {
  readonly lists: readonly Entry<List>[];
  /** Domains that no list blocks, with all that is below them. */
  readonly never: readonly Entry<string>[];
  /** How many blocks one `pulumi up` may take over from lists. */
  readonly maxNewBlocks: number;
  /** How many of a file's blocks, in percent, one `pulumi up` may lift, or add to the community's own. */
  readonly maxChangedPercent: number;
}

/** Which lists are followed. */
export function follow(folder: Folder, problems: Problems): Follow {
  const file = readYaml(FOLLOW, folder.text(FOLLOW) ?? '', SCHEMA, problems);
  if (!file) return { lists: [], never: [], maxNewBlocks: 0, maxChangedPercent: 0 };
  const { never, max_new_blocks: maxNewBlocks, max_changed_percent: maxChangedPercent } = file.value;
  const lists = file.value.lists.map((value, i) => ({ value, place: file.place('lists', i) }));
  refuseTwins(problems, lists, ({ name }) => name);
  file.value.lists.forEach((list, i) => {
    if (list.file !== undefined && !folder.files.includes(list.file)) {
      problems.refuse(file.place('lists', i, 'file'), `there is no ${list.file} in ${folder.name}`);
    }
  });
  const entries = never.map((domain, i) => {
    const problem = blockedDomainProblem(domain);
    if (problem) problems.refuse(file.place('never', i), problem);
    return { value: normalDomain(domain), place: file.place('never', i) };
  });
  return { lists, never: entries, maxNewBlocks, maxChangedPercent };
}

/** The blocks that were taken over from lists; their reason is the list. A list that is not followed is named once. */
export function followedBlocks(folder: Folder, { lists }: Follow, problems: Problems) {
  const byName = new Map(lists.map(({ value }) => [value.name, value]));
  const unknown = new Set<string>();
  return readCsv(FOLLOWED, folder.text(FOLLOWED) ?? '', FOLLOWED_COLUMNS, problems).map(
    (row): Entry<DomainBlock> => {
      const name = row.cells.list ?? '';
      const list = byName.get(name);
      if (!list && !unknown.has(name)) {
        unknown.add(name);
        problems.refuse(
          row.place,
          `the list ${name} is not followed; run bin/mastodon community follow, or ${remedy(name, [...byName.keys()])}`,
        );
      }
      return { value: { ...domainBlock(row, problems), reasonUrl: list?.url ?? '' }, place: row.place };
    },
  );
}

export interface Followed extends DomainBlock {
  readonly list: string;
}

/** What of a list is as strict as its threshold, or stricter. */
export const reaching = (threshold: Severity, blocks: readonly Followed[]): Followed[] =>
  blocks.filter((block) => rank(block) >= SEVERITIES.indexOf(threshold));

export const rank = ({ severity }: DomainBlock) => SEVERITIES.indexOf(severity);

/**
 * Whether a block on a parent domain leaves nothing for one below it to do. Mastodon refuses what it isn't stricter than
 * (DomainBlock#stricter_than?), and would take what is the same.
 */
export function swallows(parent: DomainBlock, block: DomainBlock): boolean {
  if (parent.severity === 'suspend' || rank(parent) > rank(block)) return true;
  if (block.severity === 'suspend') return false;
  const laxer = (parent.rejectMedia && !block.rejectMedia) || (parent.rejectReports && !block.rejectReports);
  const same =
    rank(parent) === rank(block) &&
    parent.rejectMedia === block.rejectMedia &&
    parent.rejectReports === block.rejectReports;
  return laxer || same;
}

export function followedCsv(blocks: readonly Followed[]): string {
  const header = '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate,#list';
  const rows = blocks.map((block) =>
    csvLine([
      block.domain,
      block.severity,
      String(block.rejectMedia),
      String(block.rejectReports),
      block.publicComment,
      String(block.obfuscate),
      block.list,
    ]),
  );
  return `${[header, ...rows].join('\n')}\n`;
}
