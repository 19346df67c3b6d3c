import { X509Certificate } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { Check } from './findings';
import { NEWEST_KNOWN } from './mastodonReleases';

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
/** A host name in ASCII, as DNS knows it: `Ä.example` becomes `xn--4ca.example`. Empty if it is none. */
export function asciiDomain(name: string): string {
  return domainToASCII(name.trim());
}

export const domainProblem: Check<string> = (name) => {
  // domainToASCII would silently drop what follows some of these.
  if (/[:/?#@%\\]/.test(name))
    return 'expected a bare domain such as example.social, without scheme, port or path';
  if (/.\.$/.test(name.trim())) return `expected ${name.trim().slice(0, -1)}, without the dot at the end`;
  const ascii = asciiDomain(name);
  const labels = ascii.split('.');
  if (ascii.length > 253) return 'is longer than the 253 characters of a domain';
  if (labels.length < 2 || labels.some((label) => !LABEL.test(label)) || /^\d+$/.test(labels.at(-1) ?? '')) {
    return 'expected a domain such as example.social';
  }
  return undefined;
};

/** A plain address: it ends in files and commands where anything more unusual could be misread. */
export const emailProblem: Check<string> = (address) =>
  /^[\w.+-]+@[\w.-]+\.[\w-]+$/.test(address)
    ? undefined
    : 'expected an e-mail address such as alice@example.social';

/** `name@host`, or `Some Name <name@host>`. */
export const senderProblem: Check<string> = (sender) =>
  emailProblem(/^[^<>]+ <([^<>]+)>$/.exec(sender)?.[1] ?? sender) &&
  'expected an e-mail address such as notifications@example.social or "Our server <notifications@example.social>"';

export const selectorProblem: Check<string> = (name) =>
  /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(name) ? undefined : 'expected a DKIM selector, such as s1';

export const usernameProblem: Check<string> = (name) =>
  /^[a-z0-9_]{1,30}$/i.test(name)
    ? undefined
    : 'expected a Mastodon username: at most 30 letters, digits and _';

export const digestProblem: Check<string> = (digest) =>
  /^sha256:[0-9a-f]{64}$/.test(digest)
    ? undefined
    : 'expected sha256: and 64 hexadecimal digits, as "skopeo inspect docker://IMAGE:vVERSION" tells';

export const imageNameProblem: Check<string> = (name) =>
  /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+$/.test(name)
    ? undefined
    : 'expected the name of an image with its registry and without tag, such as ghcr.io/mastodon/mastodon';

export const versionProblem: Check<string> = (version) =>
  /^(4\.([6-9]|\d\d)|[5-9]\.\d+)\.\d+$/.test(version)
    ? undefined
    : `expected a release such as ${NEWEST_KNOWN}; 4.6 is the oldest that this program knows`;

export const storeProblem: Check<number> = (gb) =>
  gb >= 500 && gb % 500 === 0 ? undefined : 'expected a multiple of 500: the step of object stores at Civo';

export const urlProblem: Check<string> = (text) =>
  URL.canParse(text) && new URL(text).protocol === 'https:' ? undefined : 'expected an https:// address';

/** An address that may hold a key; what curl's configuration could misread is refused. */
export const hookProblem: Check<string> = (text) =>
  /[\s"\\]/.test(text) ? 'expected an https:// address on one line' : urlProblem(text);

/** An object store's address alone, as rclone wants it. */
export const storeAddressProblem: Check<string> = (text) =>
  /^https:\/\/[a-z0-9.-]+(:\d+)?$/i.test(text)
    ? undefined
    : 'expected the https:// address of an S3 object store, without a path and without a slash at the end';

export const bucketProblem: Check<string> = (name) =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)
    ? undefined
    : 'expected the name of a bucket: 3 to 63 small letters, digits, - and .';

export const wordProblem: Check<string> = (text) =>
  /^[\w./+=-]+$/.test(text) ? undefined : 'expected letters, digits and ._/+=- only';

/** A root certificate in PEM. */
export const certificateProblem: Check<string> = (pem) => {
  try {
    new X509Certificate(pem);
    return undefined;
  } catch {
    return 'expected a certificate in PEM: -----BEGIN CERTIFICATE-----…';
  }
};

/** Plain HTTP is for this machine only: the API's token travels on it. */
export const apiProblem: Check<string> = (text) => {
  if (text.endsWith('/')) return 'expected no slash at the end';
  if (!URL.canParse(text)) return 'expected an address such as https://api.civo.com';
  const { protocol, hostname } = new URL(text);
  const loopback = ['localhost', '[::1]'].includes(hostname) || hostname.startsWith('127.');
  return protocol === 'https:' || (protocol === 'http:' && loopback) ? undefined : 'expected https://';
};

export const folderProblem: Check<string> = (path) =>
  path.endsWith('/') || path.trim() !== path
    ? 'expected the path of a folder such as community, without a slash at the end'
    : undefined;

export function oneOf(choices: readonly string[], reason = ''): Check<string> {
  return (value) => (choices.includes(value) ? undefined : `expected one of ${choices.join(', ')}${reason}`);
}

export function atLeast(least: number, reason = ''): Check<number> {
  return (value) => (value >= least ? undefined : `expected at least ${String(least)}${reason}`);
}

/** From one time of the day to the next time that the clock shows the other; both `HH:MM`. */
export function minutesBetween(start: string, end: string): number {
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  return (minutes(end) - minutes(start) + 24 * 60) % (24 * 60);
}

export const windowProblem: Check<string> = (text) => {
  const [, start = '', end = ''] =
    /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)$/.exec(text) ?? [];
  return start !== '' && minutesBetween(start, end) >= 30
    ? undefined
    : 'expected two times in UTC, at least half an hour apart, such as 01:00-02:30';
};
