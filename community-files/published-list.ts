import { isIP } from 'node:net';
import { CsvError } from 'csv-parse/sync';
import { LONGEST_COMMENT } from './blocks';
import { parsedRecords, type ParsedRecord } from './csv-parser';
import { blockedDomainProblem, normalDomain } from './domains';
import type { Followed } from './follow';
import { unixText } from './text';
import type { Severity } from './types';

/** Why a list as a whole can't be used, in words for a person. */
export class ListError extends Error {}

/** A line of a list that blocks nothing here. */
export interface Unusable {
  readonly line: number;
  readonly text: string;
  readonly why: string;
}

export interface PublishedList {
  /** Of every severity, one or more for a domain. */
  readonly blocks: readonly Followed[];
  readonly unusable: readonly Unusable[];
}

/** The interface calls a silence a limit, and so do some tools. */
const SEVERITIES: Readonly<Partial<Record<string, Severity>>> = {
  noop: 'noop',
  silence: 'silence',
  limit: 'silence',
  suspend: 'suspend',
};
/** Python, spreadsheets and people; empty is false. */
const FLAGS: Readonly<Partial<Record<string, boolean>>> = {
  ...{ true: true, yes: true, t: true, y: true, 1: true },
  ...{ false: false, no: false, f: false, n: false, 0: false, '': false },
};
const EXPECTED =
  'expected the first line #domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate, or domains alone, one a line';

/**
 * What a list says, in any of the shapes that lists are published in: with a header or without, quoted or not, columns in any
 * order. Domains alone are to be suspended; Mastodon's import takes them for that, too.
 * @throws ListError if it is no list, or one of which less than half can be used
 */
export function readList(name: string, text: string): PublishedList {
  const lines = linesOf(plainText(text));
  const [first] = lines;
  if (first === undefined) throw new ListError('is empty');
  const names = headerOf(first);
  const rows = names === undefined ? lines : lines.slice(1);
  if (rows.length === 0) throw new ListError('has a header, and no block below it');
  const blocks: Followed[] = [];
  const unusable: Unusable[] = [];
  for (const row of rows) {
    const read = blockOf(name, row, names ?? (row.cells.length === 1 ? ['domain'] : ['domain', 'severity']));
    if (typeof read === 'string') unusable.push({ line: row.line, text: row.raw, why: read });
    else blocks.push(read);
  }
  if (blocks.length < unusable.length) {
    const [example] = unusable;
    throw new ListError(
      `only ${String(blocks.length)} of ${String(rows.length)} lines can be used: ${example ? unusableLine(example) : ''}`,
    );
  }
  return { blocks, unusable };
}

/** `line 7: b**.example,suspend (is obfuscated)`, safe to print. */
export function unusableLine({ line, text, why }: Unusable): string {
  const shown = text.replace(/\p{C}/gu, ' ');
  return `line ${String(line)}: ${shown.length > 100 ? `${shown.slice(0, 100)}…` : shown} (${why})`;
}

function plainText(text: string): string {
  if (text.includes('\0')) throw new ListError('is not text in UTF-8');
  const plain = unixText(text);
  if (/^\s*[<{[]/.test(plain)) throw new ListError('is HTML, XML or JSON, and no CSV');
  return plain;
}

function linesOf(text: string): ParsedRecord[] {
  try {
    return parsedRecords(text).filter(({ cells }) => cells.some((cell) => cell !== '') && !isComment(cells));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new ListError(`line ${String(Number(error.lines ?? 1))}: ${error.message}`, { cause: error });
  }
}

const columnName = (cell: string) => cell.replace(/^\W+/, '').trim().toLowerCase();

/** A line that begins with `#`, unless it is the header, if only one with other separators. */
const isComment = ([first = '', ...others]: readonly string[]) =>
  /^#(?!\s*domain\b)/i.test(first) && !others.map(columnName).includes('domain');

/** The names of the columns, or undefined for a list without a header. */
function headerOf({ cells, raw, line }: ParsedRecord): string[] | undefined {
  const names = cells.map(columnName);
  const place = `line ${String(line)}: `;
  if (cells.length === 1 && /[;\t]/.test(raw)) {
    const separator = raw.includes(';') ? 'semicolons' : 'tabs';
    throw new ListError(`${place}its columns seem to be separated by ${separator}; expected commas`);
  }
  if (names.includes('domain')) {
    if (names.length === 1 || names.includes('severity')) return names;
    // It could be a list of whom to allow: oliphant's has the header `domain,`.
    throw new ListError(`${place}the header has more columns than domain, and none is severity; ${EXPECTED}`);
  }
  const [domain = '', severity = 'suspend', ...others] = cells;
  if (others.length === 0 && (cells.length === 1 || severity.toLowerCase() in SEVERITIES)) {
    if (domain.includes('.') || cells.length === 1) return undefined;
  }
  throw new ListError(`${place}there is no column domain; ${EXPECTED}`);
}

/** What a line blocks, or why it blocks nothing. */
function blockOf(list: string, { cells }: ParsedRecord, names: readonly string[]): Followed | string {
  if (cells.slice(names.length).some((cell) => cell !== '')) {
    return `has ${String(cells.length)} values for ${String(names.length)} columns; is a text with commas not in quotes?`;
  }
  const cell = (name: string) => cells[names.indexOf(name)] ?? '';
  const { domain, problem } = domainOf(cell('domain'));
  if (problem !== undefined) return problem;
  const given = names.includes('severity') ? cell('severity') : 'suspend';
  const severity = SEVERITIES[given.toLowerCase()];
  if (severity === undefined) return given === '' ? 'has no severity' : `severity "${given}" is unknown`;
  const columns = ['reject_media', 'reject_reports', 'obfuscate'] as const;
  const flags = columns.map((name) => FLAGS[cell(name).toLowerCase()]);
  const [rejectMedia, rejectReports, obfuscate] = flags;
  if (rejectMedia === undefined || rejectReports === undefined || obfuscate === undefined) {
    return `${columns[flags.indexOf(undefined)] ?? ''} is neither true nor false`;
  }
  const publicComment = commentOf(cell('public_comment'));
  return { domain, severity, rejectMedia, rejectReports, obfuscate, publicComment, reasonUrl: '', list };
}

/** A domain as it is meant: without scheme, port, final dot or slash. An address with a path is that of one account. */
function domainOf(given: string): { domain: string; problem?: string } {
  const bare = given.replace(/^https?:\/\//i, '').replace(/\/$/, '');
  if (isIP(bare.replace(/\/\d+$|[[\]]/g, '')) > 0) {
    return { domain: '', problem: 'is an IP address: no server is known by one' };
  }
  const name = bare.replace(/^([^:]+):\d+$/, '$1').replace(/\.$/, '');
  if (name.includes('*')) return { domain: '', problem: 'is obfuscated, or a pattern' };
  const problem = blockedDomainProblem(name);
  if (problem !== undefined) return { domain: '', problem };
  const domain = normalDomain(name);
  return domain.includes('.')
    ? { domain }
    : { domain, problem: 'is a whole top-level domain, which no list blocks here' };
}

/** On one line, and not too long. Where the columns of a list are shifted, a comment is a flag, and says nothing. */
function commentOf(given: string): string {
  const text = given.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  if (/^(true|false)$/i.test(text)) return '';
  if (text.length <= LONGEST_COMMENT) return text;
  return `${text.slice(0, LONGEST_COMMENT - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
