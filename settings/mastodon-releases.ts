import type { Check } from './formats';

/** The minor versions of Mastodon that this program was tried with, the newest last. */
export const TRIED_MINORS = ['4.6', '4.7'] as const;

/** The newest release when this program was written: what is proposed where no registry has a newer one. */
export const NEWEST_KNOWN = '4.7.6';

/** `4.7.6` → `4.7` */
export const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');

export const versionProblem: Check<string> = (version) =>
  /^(4\.([6-9]|\d\d)|[5-9]\.\d+)\.\d+$/.test(version)
    ? undefined
    : `expected a release such as ${NEWEST_KNOWN}; 4.6 is the oldest that this program knows`;
