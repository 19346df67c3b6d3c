import type { Check } from './formats';

const FORM = /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Minutes from one time of the day to the next occurrence of another; both `HH:MM`. */
export function minutesBetween(start: string, end: string): number {
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  return (minutes(end) - minutes(start) + 24 * 60) % (24 * 60);
}

export const windowProblem: Check<string> = (text) => {
  const [, start = '', end = ''] = FORM.exec(text) ?? [];
  return start !== '' && minutesBetween(start, end) >= 30
    ? undefined
    : 'expected two times in UTC, at least half an hour apart, such as 01:00-02:30';
};
