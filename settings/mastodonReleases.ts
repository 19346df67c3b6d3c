/** The minor versions of Mastodon that this program was tried with, the newest last. */
export const TRIED_MINORS = ['4.6', '4.7'] as const;

/** The newest release when this program was written: what is proposed where no registry tells a newer one. */
export const NEWEST_KNOWN = '4.7.6';

/** `4.7.6` → `4.7` */
export const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');
