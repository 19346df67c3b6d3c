import { remedy } from '../lib/nearest';
import { csvRecords } from './csv-parser';
import { type Place, Problems } from './problems';
import { unixText } from './text';

/** A line of a file with columns, by their names. */
export interface Row {
  readonly place: Place;
  readonly cells: Readonly<Partial<Record<string, string>>>;
  /** As the file has it. */
  readonly raw: string;
}

export interface Columns {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
}

/**
 * The lines of a file in CSV. Its first one names the columns, as Mastodon exports them (`#domain`) or as others write them
 * (`"domain"`, blanks after the commas). `lenient`: a file from elsewhere may have more columns.
 */
export function readCsv(
  file: string,
  text: string,
  columns: Columns,
  problems: Problems,
  { lenient = false } = {},
): readonly Row[] {
  // The header first: quotes of a file with other separators are none of CSV.
  const [first] = csvRecords(file, firstLines(text), problems);
  if (first === undefined) return [];
  const names = first.cells.map(columnName);
  if (!headerIsKnown(first.place, names, columns, problems, lenient)) return [];
  const [, ...records] = csvRecords(file, text, problems);
  return records.flatMap(({ cells, raw, place }) => {
    // As spreadsheets add them.
    if (cells.every((cell) => cell.trim() === '')) return [];
    if (raw.startsWith('#')) {
      problems.refuse(place, 'begins with #, as the first line alone may; put a comment into README.md');
      return [];
    }
    if (cells.length > names.length && !lenient) {
      problems.refuse(
        place,
        `has ${String(cells.length)} values for ${String(names.length)} columns; put a text with commas in "quotes"`,
      );
      return [];
    }
    const values: Record<string, string> = {};
    names.forEach((name, i) => (values[name] = (cells[i] ?? '').trim()));
    if (values['']) problems.refuse(place, `"${values['']}" is in a column without a name`);
    return [{ place, raw, cells: values }];
  });
}

/** A file up to its first line that isn't blank. */
const firstLines = (text: string) => /^\s*.*/.exec(unixText(text))?.[0] ?? '';

/** The first line of a file, and the columns that it names. */
export function headerOf(text: string): { readonly raw: string; readonly names: readonly string[] } {
  const [header] = csvRecords('', firstLines(text), new Problems());
  return { raw: header?.raw ?? '', names: (header?.cells ?? []).map(columnName) };
}

const columnName = (cell: string) => cell.trim().replace(/^#/, '').trim().toLowerCase();

function headerIsKnown(
  place: Place,
  names: readonly string[],
  { required, optional = [] }: Columns,
  problems: Problems,
  lenient: boolean,
): boolean {
  const known = [...required, ...optional];
  const whole = known.map((name) => `#${name}`).join(',');
  const given = names.filter((name) => name !== '');
  if (!given.some((name) => known.includes(name) || remedy(name, known).startsWith('did you mean'))) {
    const separator = names.some((name) => /[;\t]/.test(name)) ? ', with commas between them' : '';
    problems.refuse(place, `names no column; expected this as the first line: ${whole}${separator}`);
    return false;
  }
  const unknown = lenient ? [] : given.filter((name) => !known.includes(name));
  const missing = required.filter((name) => !names.includes(name));
  const twice = given.filter((name, i) => given.indexOf(name) !== i);
  for (const name of unknown)
    problems.refuse(place, `${name} is no column; ${ELSEWHERE[name] ?? remedy(name, known)}`);
  for (const name of twice) problems.refuse(place, `the column ${name} is there twice; keep one of the two`);
  if (unknown.length === 0 && missing.length > 0) {
    problems.refuse(
      place,
      `the column ${missing.join(', ')} is missing; expected this as the first line: ${whole}`,
    );
  }
  return unknown.length + missing.length + twice.length === 0;
}

/** Columns of other tools, and what to do about them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  private_comment: 'what is in these files is public: take it out, or link to it with reason_url',
};

/** A line in CSV. */
export function csvLine(cells: readonly string[]): string {
  return cells
    .map((cell) => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
}
