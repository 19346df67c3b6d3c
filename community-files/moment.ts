/** Moments as the machine's Ruby writes them: in UTC, to the second, such as `2027-01-31T12:00:00Z`. */

const FORM = /^(\d{4,6})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|[+-]\d\d:\d\d)?)?$/i;

/** The moment that a day, or a time of one, is; undefined if there is none. Without a zone it is in UTC, on every machine. */
export function momentOf(given: string): string | undefined {
  const [, year = '', month = '', day = '', time = '00:00', zone = 'Z'] = FORM.exec(given.trim()) ?? [];
  // JavaScript wants a sign and six digits where a year may have more than four.
  const date = `+${year.padStart(6, '0')}-${month}-${day}`;
  const moment = new Date(`${date}T${time}${zone.toUpperCase()}`);
  // It takes February 30th for March 2nd.
  const exists = new Date(`${date}T00:00Z`).getUTCDate() === Number(day) && !Number.isNaN(moment.getTime());
  if (!exists) return undefined;
  return moment.toISOString().replace(/\.\d+Z$/, 'Z').replace(/^\+0*(?=\d{5})/, ''); // prettier-ignore
}

/** What the server has. */
export const normalMoment = (moment: string): string => momentOf(moment) ?? moment;

/** Whether what ends then has ended. */
export const isPast = (moment: string | undefined, now: Date): boolean =>
  moment !== undefined && new Date(moment.replace(/^(\d{5,6})-/, (_, year: string) => `+${year.padStart(6, '0')}-`)) < now; // prettier-ignore
