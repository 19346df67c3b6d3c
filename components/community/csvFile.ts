import { CsvError, parse } from 'csv-parse/sync';
import { type Place, type Problems, remedy } from './problems';

/** A line of a file with columns, by their names. */
export interface Row {
  readonly place: Place;
  readonly cells: Readonly<Partial<Record<string, string>>>;
  /** As it stands in the file. */
  readonly raw: string;
}

export interface Columns {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
}

/**
 * The lines of a file in CSV. Its first one names the columns, each with a `#` before it, as Mastodon exports them.
 * `lenient`: a file of somebody else may have more columns.
 */
export function readCsv(
  file: string,
  text: string,
  columns: Columns,
  problems: Problems,
  { lenient = false } = {},
): readonly Row[] {
  const [header, ...records] = split(file, text, problems);
  if (header === undefined) return [];
  const names = header.cells.map((name) => name.replace(/^#/, '').trim().toLowerCase());
  if (!headerIsKnown(header.place, names, columns, problems, lenient)) return [];
  return records.flatMap(({ cells, raw, place }) => {
    if (cells.length > names.length && !lenient) {
      problems.refuse(
        place,
        `has ${String(cells.length)} values for ${String(names.length)} columns; put a text with commas in "quotes"`,
      );
      return [];
    }
    return [
      { place, raw, cells: Object.fromEntries(names.map((name, i) => [name, (cells[i] ?? '').trim()])) },
    ];
  });
}

function split(file: string, text: string, problems: Problems) {
  try {
    const records = parse(text, {
      bom: true,
      info: true,
      raw: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as { record: string[]; raw: string; info: { lines: number } }[];
    return records.map(({ record, raw, info }) => {
      const own = raw.trim();
      // The parser tells the line on which a record ends.
      const line = info.lines - (own.match(/\n/g) ?? []).length;
      return { cells: record, raw: own, place: { file, line } };
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const message =
      error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'a quote that is opened here or before is not closed; inside quotes, write a quote twice: ""'
        : `${error.message}; put the whole text in quotes, and write a quote inside it twice: ""`;
    problems.refuse({ file, line: Number(error.lines ?? 1) }, message);
    return [];
  }
}

function headerIsKnown(
  place: Place,
  names: readonly string[],
  { required, optional = [] }: Columns,
  problems: Problems,
  lenient: boolean,
): boolean {
  const known = [...required, ...optional];
  const unknown = lenient ? [] : names.filter((name) => !known.includes(name));
  const missing = required.filter((name) => !names.includes(name));
  for (const name of unknown) problems.refuse(place, `${name} is no column; ${remedy(name, known)}`);
  if (unknown.length === 0 && missing.length > 0) {
    const whole = known.map((name) => `#${name}`).join(',');
    problems.refuse(
      place,
      `the column ${missing.join(', ')} is missing; expected this as the first line: ${whole}`,
    );
  }
  return unknown.length === 0 && missing.length === 0;
}

/** A line in CSV. */
export function csvLine(cells: readonly string[]): string {
  return cells
    .map((cell) => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
}
