/** The kinds of values that Mastodon's variables have. Each is read as the text that Mastodon gets. */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { type Check, domainProblem, emailProblem } from '../formats';
import { checked, oneOf, text, wholeNumber, yesOrNo } from '../kinds';

export interface Kind {
  /** As the documentation calls it. */
  readonly name: string;
  readonly schema: z.ZodType<string>;
}

/** Podman reads no longer line of an environment file than 64 KiB. */
const LONGEST = 60_000;

/** `pulumi config set --path` stores `12` and `true` as a number and a truth value. */
const asText = (given: unknown) =>
  // Of longer numbers JavaScript has lost the last digits: they have to be a text.
  typeof given === 'boolean' || (typeof given === 'number' && Math.abs(given) <= Number.MAX_SAFE_INTEGER)
    ? String(given)
    : given;

const line = (check: Check<string> = () => undefined) =>
  z.preprocess(asText, checked(text().max(LONGEST, `expected at most ${String(LONGEST)} characters`), check));

const kind = (name: string, check?: Check<string>): Kind => ({ name, schema: line(check) });

/** Each part of a list, without the space around it. */
const each =
  (separator: RegExp, expected: string, isRight: (part: string) => boolean): Check<string> =>
  (given) =>
    given.split(separator).every((part) => isRight(part.trim())) ? undefined : `expected ${expected}`;

/** Nothing of what these variables lead to runs on the machine, and a container has no other one to call its own. */
const isItself = (host: string) => /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(host);

const isHost = (host: string) =>
  !isItself(host) &&
  (domainProblem(host) === undefined ||
    /^(\d+(\.\d+){3}|\[?[0-9a-f:]+:[0-9a-f:]*\]?|[a-z0-9-]+)$/i.test(host));

const isUrl = (given: string, ...protocols: string[]) => {
  if (!URL.canParse(given)) return false;
  const { protocol, hostname } = new URL(given);
  return protocols.includes(protocol) && !isItself(hostname);
};

export const TEXT = kind('text');
export const PATH = kind('path', (given) =>
  given.startsWith('/') ? undefined : 'expected a path that begins with /',
);
export const HOST = kind('host', (given) =>
  isHost(given)
    ? undefined
    : 'expected a host such as ldap.example.net, without scheme or port, and not the machine itself',
);
export const URL_KIND = kind('URL', (given) =>
  isUrl(given, 'https:', 'http:')
    ? undefined
    : 'expected an address such as https://example.net/, and not the machine itself',
);
export const EMAIL = kind('e-mail address', emailProblem);
export const URLS = kind(
  'URLs, with commas',
  each(/,/, 'addresses such as https://data.example.net, with commas between them', (one) =>
    isUrl(one, 'https:'),
  ),
);
export const DOMAINS = kind(
  'domains, with commas',
  each(
    /,/,
    'domains such as old.example, with commas between them',
    (one) => domainProblem(one) === undefined,
  ),
);
export const EMAIL_DOMAINS = kind(
  'domains, with |',
  each(/\|/, 'domains such as example.org|example.net', (one) => domainProblem(one) === undefined),
);
export const RANGES = kind(
  'addresses, with commas',
  each(/,/, 'addresses or ranges such as 10.1.2.3,10.2.0.0/16, and not this machine itself', isOutside),
);
/** Whatever stands behind the search's host: `localhost` or, with TLS, `https://…`. */
export const HOST_OR_URL = kind('host or URL', (given) =>
  isHost(given) || isUrl(given, 'https:', 'http:')
    ? undefined
    : 'expected a host such as search.example.net, or https:// and a host, and not the machine itself',
);
export const LOCALE = kind('locale', (given) =>
  /^[a-z]{2,3}(-[A-Za-z0-9]{2,4})?$/.test(given) ? undefined : 'expected a language such as de or pt-BR',
);
export const RATIO = kind('number', (given) =>
  /^\d+(\.\d+)?$/.test(given) ? undefined : 'expected a number such as 1.1',
);

/** Mastodon takes what is not `true` for false. */
export const YES_NO: Kind = { name: 'true or false', schema: yesOrNo.transform(String) };

/** Both limits are allowed. */
export const whole = (min: number, max: number, unit = ''): Kind => ({
  name: `${unit === '' ? 'whole number' : `whole number of ${unit}`}, ${String(min)} to ${String(max)}`,
  schema: wholeNumber(
    z
      .int()
      .min(min, `expected at least ${String(min)}${unit && ` ${unit}`}`)
      .max(max, `expected at most ${String(max)}${unit && ` ${unit}`}`),
  ).transform(String),
});

export const PORT = whole(1, 65_535);

export const choice = (...choices: readonly string[]): Kind => ({
  name: choices.join(', '),
  schema: z.preprocess(asText, oneOf(choices)),
});

/** In one line: an environment file holds no line break, and those who read a certificate or key ignore white space in it. */
export const PEM: Kind = {
  name: 'PEM',
  schema: z.preprocess(
    (given) => (typeof given === 'string' ? given.trim().replaceAll(/\s*\r?\n\s*/g, ' ') : given),
    text().max(LONGEST, `expected at most ${String(LONGEST)} characters`),
  ),
};

/** PostgreSQL, Redis and the exporters of this machine listen there. */
const LOOPBACK = [ipaddr.parseCIDR('127.0.0.0/8'), ipaddr.parseCIDR('::1/128')];

/** An address, or a range, of the network outside of the machine. */
function isOutside(given: string): boolean {
  const range = given.includes('/') ? given : `${given}/${given.includes(':') ? '128' : '32'}`;
  if (!ipaddr.isValidCIDR(range)) return false;
  const [address, bits] = ipaddr.parseCIDR(range);
  return !LOOPBACK.some(
    ([own, ownBits]) => own.kind() === address.kind() && own.match(address, Math.min(bits, ownBits)),
  );
}
