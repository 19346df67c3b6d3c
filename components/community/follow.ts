import { z } from 'zod';
import { domainBlock, EXPORTED, SEVERITIES } from './blocks';
import { csvLine, readCsv } from './csvFile';
import { blockedDomainProblem, normalDomain, withParents } from './domains';
import type { Folder } from './folder';
import { type Entry, Problems, remedy } from './problems';
import type { DomainBlock } from './types';
import { readYaml } from './yamlFile';

export const FOLLOW = 'follow.yaml';
/** What `make community-follow` writes. */
export const FOLLOWED = 'followed-blocks.csv';
const FOLLOWED_COLUMNS = { ...EXPORTED, required: [...EXPORTED.required, 'list'] };

const SCHEMA = z.strictObject({
  max_new_blocks: z.int('expected a whole number').min(0, 'expected 0 or more').default(50),
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
  readonly lists: readonly List[];
  /** Domains that no list blocks, with all that is below them. */
  readonly never: readonly Entry<string>[];
  /** How many blocks one `pulumi up` may take over from lists. */
  readonly maxNewBlocks: number;
}

/** Which lists are followed. */
export function follow(folder: Folder, problems: Problems): Follow {
  const file = readYaml(FOLLOW, folder.text(FOLLOW) ?? '', SCHEMA, problems);
  if (!file) return { lists: [], never: [], maxNewBlocks: 0 };
  const { lists, never, max_new_blocks: maxNewBlocks } = file.value;
  lists.forEach((list, i) => {
    if (list.file !== undefined && !folder.files.includes(list.file)) {
      problems.refuse(file.place('lists', i, 'file'), `there is no ${list.file} in ${folder.name}`);
    }
  });
  const entries = never.map((domain, i) => {
    const problem = blockedDomainProblem(domain);
    if (problem) problems.refuse(file.place('never', i), problem);
    return { value: normalDomain(domain), place: file.place('never', i) };
  });
  return { lists, never: entries, maxNewBlocks };
}

/** The blocks that were taken over from lists; their reason is the list. */
export function followedBlocks(folder: Folder, { lists }: Follow, problems: Problems) {
  return readCsv(FOLLOWED, folder.text(FOLLOWED) ?? '', FOLLOWED_COLUMNS, problems).map(
    (row): Entry<DomainBlock> => {
      const list = lists.find(({ name }) => name === row.cells.list);
      if (!list) {
        const names = lists.map(({ name }) => name);
        problems.refuse(
          row.place,
          `the list ${row.cells.list ?? ''} is not followed; run make community-follow, or ${remedy(row.cells.list ?? '', names)}`,
        );
      }
      return { value: { ...domainBlock(row, problems), reasonUrl: list?.url ?? '' }, place: row.place };
    },
  );
}

export interface Followed extends DomainBlock {
  readonly list: string;
}

/** What a list blocks, as strictly as its threshold or more so; and how many lines of it can't be used. */
export function blocksOf(list: List, csv: string): { blocks: readonly Followed[]; unusable: number } {
  const headed = /^#?domain\b/i.test(csv) ? csv : `#domain,#severity\n${csv}`;
  const broken = new Problems();
  const rows = readCsv(list.name, headed, { required: ['domain'] }, broken, { lenient: true });
  const [problem] = broken.lines('errors');
  if (problem !== undefined) throw new Error(problem);
  const read = rows.map((row) => {
    const problems = new Problems();
    // Lists of domains alone are lists of what to suspend: Mastodon's import takes them for that, too.
    const cells = { ...row.cells, severity: row.cells.severity || 'suspend', reason_url: '' };
    const block = domainBlock({ ...row, cells }, problems);
    return problems.lines('errors').length > 0 ? undefined : { ...block, list: list.name };
  });
  const usable = read.filter((block) => block !== undefined);
  return {
    blocks: usable.filter((block) => rank(block) >= SEVERITIES.indexOf(list.threshold)),
    unusable: rows.length - usable.length,
  };
}

const rank = ({ severity }: DomainBlock) => SEVERITIES.indexOf(severity);

/** All lists in one: of each domain the strictest, nothing that the allow list names, holds or is below. */
export function merged(lists: readonly (readonly Followed[])[], never: readonly string[]): Followed[] {
  const strictest = new Map<string, Followed>();
  for (const block of lists.flat()) {
    const known = strictest.get(block.domain);
    if (known === undefined || rank(block) > rank(known)) strictest.set(block.domain, block);
  }
  const above = new Set(never.flatMap(withParents));
  return [...strictest.values()]
    .filter(({ domain }) => !above.has(domain) && !withParents(domain).some((one) => never.includes(one)))
    .filter((block) => {
      const parents = withParents(block.domain)
        .slice(1)
        .map((parent) => strictest.get(parent));
      return !parents.some((parent) => parent && swallows(parent, block));
    })
    .sort((a, b) => a.domain.localeCompare(b.domain));
}

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
