import ipaddr from 'ipaddr.js';
import { remedy } from '../lib/nearest';
import { type Columns, readCsv, type Row } from './csv-table';
import { blockedDomainDoubt, blockedDomainProblem, normalDomain } from './domains';
import type { Folder } from './folder';
import { isPast, momentOf } from './moment';
import type { Entry, Problems } from './problems';
import { lines } from './text';
import type { DomainAllow, DomainBlock, EmailDomainBlock, IpBlock, Severity } from './types';

export const SEVERITIES: readonly [Severity, ...Severity[]] = ['noop', 'silence', 'suspend'];
const IP_SEVERITIES: readonly [IpBlock['severity'], ...IpBlock['severity'][]] = [
  'sign_up_requires_approval',
  'sign_up_block',
  'no_access',
];
/** A comment is shown beside the domain; a longer reason has its place behind the link. Mastodon has no limit. */
export const LONGEST_COMMENT = 500;
/** What the machine finds again in a private comment (MARK of kinds/blocks.rb). */
const LINK = /^https:\/\/[^\p{White_Space}]+$/u;

/** Mastodon's own columns. */
export const EXPORTED: Columns = {
  required: ['domain', 'severity'],
  optional: ['reject_media', 'reject_reports', 'public_comment', 'obfuscate'],
};
export const COLUMNS: Readonly<Record<string, Columns>> = {
  'domain-blocks.csv': { ...EXPORTED, optional: [...(EXPORTED.optional ?? []), 'reason_url'] },
  'domain-allows.csv': { required: ['domain'] },
  'email-domain-blocks.csv': { required: ['domain'], optional: ['allow_with_approval'] },
  'ip-blocks.csv': { required: ['ip', 'severity'], optional: ['comment', 'expires_at'] },
};

export const domainBlocks = (folder: Folder, problems: Problems) =>
  rows(folder, 'domain-blocks.csv', problems, domainBlock);

export const domainAllows = (folder: Folder, problems: Problems) =>
  rows(folder, 'domain-allows.csv', problems, (row): DomainAllow => ({ domain: domain(row, problems) }));

export const emailDomainBlocks = (folder: Folder, problems: Problems) =>
  rows(folder, 'email-domain-blocks.csv', problems, (row): EmailDomainBlock => {
    return { domain: domain(row, problems), allowWithApproval: flag(row, 'allow_with_approval', problems) };
  });

/** Those that have expired count no more. */
export function ipBlocks(folder: Folder, problems: Problems, now: Date): readonly Entry<IpBlock>[] {
  const blocks = rows(folder, 'ip-blocks.csv', problems, (row): IpBlock => {
    const expiresAt = momentIn(row, 'expires_at', problems);
    return {
      ip: range(row, problems),
      severity: oneOf(row, 'severity', IP_SEVERITIES, problems),
      comment: comment(row, 'comment', problems),
      ...(expiresAt && { expiresAt }),
    };
  });
  return blocks.filter(({ value: { expiresAt }, place }) => {
    const expired = isPast(expiresAt, now);
    if (expired) problems.warn(place, 'has expired and does nothing any more; take the line out');
    return !expired;
  });
}

function rows<T>(
  folder: Folder,
  file: string,
  problems: Problems,
  read: (row: Row, problems: Problems) => T,
) {
  const found = readCsv(file, folder.text(file) ?? '', COLUMNS[file] ?? EXPORTED, problems);
  return found.map((row): Entry<T> => ({ value: read(row, problems), place: row.place }));
}

export function domainBlock(row: Row, problems: Problems): DomainBlock {
  const reasonUrl = row.cells.reason_url ?? '';
  if (reasonUrl !== '' && !LINK.test(reasonUrl)) {
    problems.refuse(row.place, `reason_url ${reasonUrl}: expected an https:// address, without blanks`);
  }
  return {
    domain: domain(row, problems),
    severity: oneOf(row, 'severity', SEVERITIES, problems),
    rejectMedia: flag(row, 'reject_media', problems),
    rejectReports: flag(row, 'reject_reports', problems),
    publicComment: comment(row, 'public_comment', problems),
    obfuscate: flag(row, 'obfuscate', problems),
    reasonUrl,
  };
}

function domain({ cells, place }: Row, problems: Problems): string {
  const given = cells.domain ?? '';
  const problem = blockedDomainProblem(given);
  if (problem) problems.refuse(place, problem);
  const doubt = problem === undefined ? blockedDomainDoubt(given) : undefined;
  if (doubt) problems.warn(place, doubt);
  return normalDomain(given);
}

function oneOf<T extends string>(
  { cells, place }: Row,
  column: string,
  known: readonly [T, ...T[]],
  problems: Problems,
) {
  const given = cells[column] ?? '';
  const value = known.find((one) => one === given.toLowerCase());
  // What the interface calls it.
  const meant =
    given.toLowerCase() === 'limit' ? 'write silence, as Mastodon exports it' : remedy(given, known);
  if (value === undefined) problems.refuse(place, `${column} "${given}" is unknown; ${meant}`);
  return value ?? known[0];
}

/** Written as Mastodon and as spreadsheets do; empty is false. */
function flag({ cells, place }: Row, column: string, problems: Problems): boolean {
  const given = (cells[column] ?? '').toLowerCase();
  if (!['true', 'false', '1', '0', ''].includes(given)) {
    problems.refuse(place, `${column} "${given}" is neither true nor false`);
  }
  return ['true', '1'].includes(given);
}

function comment({ cells, place }: Row, column: string, problems: Problems): string {
  const text = lines(cells[column] ?? '');
  if (!text.includes('\n') && text.length <= LONGEST_COMMENT) return text;
  const all = text.split('\n');
  if ((cells[column] ?? '').split('\n').slice(1).some(isRow)) {
    problems.refuse(place, `${column} goes over several lines; is a quote missing at its end?`);
  } else if (all.length > 1) problems.warn(place, `${column} goes over ${String(all.length)} lines`);
  if (text.length > LONGEST_COMMENT) {
    problems.warn(
      place,
      `${column} has ${String(text.length)} characters, and is shown in one place; a link has room for more`,
    );
  }
  return text;
}

/** What a missing quote would take for a comment: the next block. `csvComment` distinguishes such a comment. */
const isRow = (line: string) => /^[^\s,]+,\s*(noop|silence|suspend|sign_up_\w+|no_access)\b/i.test(line);

/** A comment as a file has it: what looks like a block begins with a blank, which counts for nothing. */
export const csvComment = (text: string) =>
  text
    .split('\n')
    .map((line) => (isRow(line) ? ` ${line}` : line))
    .join('\n');

function range({ cells, place }: Row, problems: Problems): string {
  const given = cells.ip ?? '';
  const parsed = parseRange(given);
  if (!parsed) {
    problems.refuse(
      place,
      `ip "${given}": expected an address or a range such as 192.0.2.0/24, in decimals without zeros in front`,
    );
    return given;
  }
  const [address, bits] = parsed;
  const kind = address.kind() === 'ipv6' ? ipaddr.IPv6 : ipaddr.IPv4;
  const first = kind.networkAddressFromCIDR(parsedName(parsed));
  const everybody = bits === 0 && cells.severity?.toLowerCase() === 'no_access';
  if (everybody) problems.refuse(place, `ip "${given}": is the whole internet`);
  else if (first.toString() !== address.toString()) {
    problems.refuse(place, `ip "${given}": expected ${first.toString()}/${String(bits)}, its first address`);
  } else if (bits === 0) problems.warn(place, `ip "${given}": is the whole internet`);
  return parsedName(parsed);
}

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** What Ruby and PostgreSQL read as well: C's forms such as `010.1` and `127.1` are none of them. */
function parseRange(given: string): Range | undefined {
  const [, address = '', bits] = /^([^/%]*)(?:\/(\d{1,3}))?$/.exec(given) ?? [];
  const compatible = /^::(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  // ipaddr.js takes `::192.0.2.1` for `::ffff:192.0.2.1`.
  const name = compatible === undefined ? address : `::${hexadecimal(compatible)}`;
  if (!name.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(name)) return undefined;
  const whole = `${name}/${bits ?? (name.includes(':') ? '128' : '32')}`;
  return ipaddr.isValidCIDR(whole) ? ipaddr.parseCIDR(whole) : undefined;
}

const hexadecimal = (address: string) => {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return [a * 256 + b, c * 256 + d].map((part) => part.toString(16)).join(':');
};

const parsedName = ([address, bits]: Range) => `${address.toString()}/${String(bits)}`;

/** `192.0.2.1` is `192.0.2.1/32`. What is no address stays as it is. */
export function normalRange(given: string): string {
  const parsed = parseRange(given);
  return parsed ? parsedName(parsed) : given;
}

function momentIn({ cells, place }: Row, column: string, problems: Problems): string | undefined {
  const given = cells[column] ?? '';
  if (given === '') return undefined;
  const moment = momentOf(given);
  if (moment === undefined) {
    problems.refuse(place, `${column} "${given}": expected a day or moment such as 2027-01-31T12:00:00Z`);
  }
  return moment;
}
