import ipaddr from 'ipaddr.js';
import { urlProblem } from '../../settings/checks';
import { type Columns, readCsv, type Row } from './csvFile';
import { blockedDomainProblem, normalDomain } from './domains';
import type { Folder } from './folder';
import { type Entry, type Problems, remedy } from './problems';
import type { DomainAllow, DomainBlock, EmailDomainBlock, IpBlock, Severity } from './types';

export const SEVERITIES: readonly [Severity, ...Severity[]] = ['noop', 'silence', 'suspend'];
const IP_SEVERITIES: readonly [IpBlock['severity'], ...IpBlock['severity'][]] = [
  'sign_up_requires_approval',
  'sign_up_block',
  'no_access',
];
/** A comment is shown beside the domain; a longer reason has its place behind the link. */
const LONGEST_COMMENT = 500;

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
    const expiresAt = moment(row, 'expires_at', problems);
    return {
      ip: range(row, problems),
      severity: oneOf(row, 'severity', IP_SEVERITIES, problems),
      comment: comment(row, 'comment', problems),
      ...(expiresAt && { expiresAt }),
    };
  });
  return blocks.filter(({ value: { expiresAt }, place }) => {
    const expired = expiresAt !== undefined && new Date(expiresAt) < now;
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
  const problem = reasonUrl && urlProblem(reasonUrl);
  if (problem) problems.refuse(row.place, `reason_url ${reasonUrl}: ${problem}`);
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
  const text = cells[column] ?? '';
  if (/[\r\n]/.test(text)) {
    problems.refuse(place, `${column} goes over several lines; is a quote missing at its end?`);
  } else if (text.length > LONGEST_COMMENT) {
    problems.refuse(
      place,
      `${column} has ${String(text.length)} characters of at most ${String(LONGEST_COMMENT)}; link to the longer text`,
    );
  }
  return text;
}

function range({ cells, place }: Row, problems: Problems): string {
  const given = cells.ip ?? '';
  const whole = wholeRange(given);
  if (!ipaddr.isValidCIDR(whole)) {
    problems.refuse(place, `ip "${given}": expected an address or a range such as 192.0.2.0/24`);
    return given;
  }
  const [address, bits] = ipaddr.parseCIDR(whole);
  const kind = address.kind() === 'ipv6' ? ipaddr.IPv6 : ipaddr.IPv4;
  const first = kind.networkAddressFromCIDR(whole);
  if (bits === 0) problems.refuse(place, `ip "${given}": is the whole internet`);
  else if (first.toString() !== address.toString()) {
    problems.refuse(place, `ip "${given}": expected ${first.toString()}/${String(bits)}, its first address`);
  }
  return normalRange(given);
}

const wholeRange = (ip: string) => (ip.includes('/') ? ip : `${ip}/${ip.includes(':') ? '128' : '32'}`);

/** `192.0.2.1` is `192.0.2.1/32`. */
export function normalRange(ip: string): string {
  const [address, bits] = ipaddr.parseCIDR(wholeRange(ip));
  return `${address.toString()}/${String(bits)}`;
}

function moment({ cells, place }: Row, column: string, problems: Problems): string | undefined {
  const given = cells[column] ?? '';
  if (given === '') return undefined;
  if (/^\d{4}-\d\d-\d\d/.test(given) && !Number.isNaN(Date.parse(given))) {
    return new Date(given).toISOString();
  }
  problems.refuse(place, `${column} "${given}": expected a day or moment such as 2027-01-31T12:00:00Z`);
  return undefined;
}
