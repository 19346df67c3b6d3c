/** Formats of values that settings and the community's files share. */
import { X509Certificate } from 'node:crypto';
import { domainToASCII } from 'node:url';

/** Returns the error of a value as the end of a sentence ("expected …"), or undefined for a valid one. */
export type Check<T> = (value: T) => string | undefined;

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** A host name in ASCII, as DNS stores it: `Ä.example` becomes `xn--4ca.example`. Empty for an invalid name. */
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

/** A plain address: files and commands contain it, which could misread anything more unusual. */
export const emailProblem: Check<string> = (address) =>
  /^[\w.+-]+@[\w.-]+\.[\w-]+$/.test(address)
    ? undefined
    : 'expected an e-mail address such as alice@example.social';

export const usernameProblem: Check<string> = (name) =>
  /^[a-z0-9_]{1,30}$/i.test(name)
    ? undefined
    : 'expected a Mastodon username: at most 30 letters, digits and _';

export const urlProblem: Check<string> = (text) =>
  URL.canParse(text) && new URL(text).protocol === 'https:' ? undefined : 'expected an https:// address';

/** The API's token is sent there: plain HTTP is allowed on this computer only. */
export const apiProblem: Check<string> = (text) => {
  if (text.endsWith('/')) return 'expected no slash at the end';
  if (!URL.canParse(text)) return 'expected an address such as https://api.civo.com';
  const { protocol, hostname } = new URL(text);
  const loopback = ['localhost', '[::1]'].includes(hostname) || hostname.startsWith('127.');
  return protocol === 'https:' || (protocol === 'http:' && loopback) ? undefined : 'expected https://';
};

export function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}
