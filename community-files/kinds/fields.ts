import { z } from 'zod';
import { usernameProblem } from '../../settings/formats';
import { blockedDomainProblem, normalDomain } from '../domains';
import { momentOf } from '../moment';

/**
 * The fields of which list kinds are made. Each names itself (`meta`), so that a test can make values of it, and each takes what
 * Mastodon may have: what `bin/mastodon community pull` writes, the next check has to accept.
 */
const field = <T extends z.ZodType>(name: string, schema: T): T => schema.meta({ field: name });

/** As Mastodon's side compares it: Ruby's `strip`, and line breaks as in files. Browsers send CRLF. */
export const normalText = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(/^[\t\n\v\f\r ]+|[\t\n\v\f\r ]+$/g, '');

const normalized = (expected: string) => z.string(expected).transform(normalText);

/** Some text, on as many lines as it needs. */
export const text = (expected: string) =>
  field(
    'text',
    normalized(expected).refine((value) => value !== '', expected),
  );

/** Text that may be empty. */
export const optionalText = (expected = 'expected a text') => field('optionalText', normalized(expected));

/** A name that stays when the thing is changed: it ties a line of the file to what Mastodon has. */
export const name = field(
  'name',
  z
    .string('expected a name such as summer-break: it stays when the rest is changed')
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected small letters, digits and - only, such as summer-break'),
);

export const yesOrNo = field('yesOrNo', z.boolean('expected true or false'));

export const oneOf = <T extends string>(...choices: readonly [T, ...T[]]) =>
  field('oneOf', z.enum(choices, `expected one of ${choices.join(', ')}`));

export const someOf = <T extends string>(known: readonly [T, ...T[]], expected: string) =>
  field(
    'someOf',
    z
      .array(z.enum(known, `expected ${known.join(', ')}`), expected)
      .transform((values) => [...new Set(values)].sort()),
  );

/** At least 1. */
export const count = (expected: string) => field('count', z.int(expected).min(1, expected));

const MOMENT = 'expected a day or moment such as 2027-01-31T12:00:00Z';

/** In UTC, to the second: `2027-01-31T12:00:00Z`. */
export const moment = field(
  'moment',
  z
    .string(MOMENT)
    .refine((value) => momentOf(value) !== undefined, MOMENT)
    .transform((value) => momentOf(value) ?? value),
);

/** A web address. Mastodon takes `http:`, too. */
export const address = field(
  'address',
  z
    .string('expected an https:// address')
    .transform(normalText)
    .refine(
      (value) => /^https?:\/\/[^\s/]+/.test(value) && URL.canParse(value),
      'expected an https:// address',
    ),
);

/** A domain as Mastodon keeps it: in Punycode and small letters. */
export const domain = field(
  'domain',
  z.string('expected a domain such as news.example').transform((value, context) => {
    const problem = blockedDomainProblem(value);
    if (problem) context.addIssue({ code: 'custom', message: problem });
    return normalDomain(value);
  }),
);

/** An account of this server. */
export const username = field(
  'username',
  z
    .string('expected a username')
    .refine((value) => usernameProblem(value) === undefined, 'expected a username such as alice')
    .transform((value) => value.toLowerCase()),
);

/** `alice`, or `alice@other.example`. */
export const account = field(
  'account',
  z
    .string('expected an account')
    .regex(/^@?\w+([\w.-]*\w)?(@[^\s@/]+)?$/, 'expected an account such as alice or alice@other.example')
    .transform((value) => value.replace(/^@/, '').toLowerCase()),
);

/** Letters that Mastodon folds to ASCII, and that decompose into nothing. */
const FOLDED: Readonly<Record<string, string>> = {
  ð: 'd',
  ø: 'o',
  đ: 'd',
  ħ: 'h',
  ı: 'i',
  ĸ: 'k',
  ł: 'l',
  ŋ: 'n',
  ŧ: 't',
};
/** Of Latin-1 and Latin Extended-A. Others, such as Vietnamese ones, keep their accents. */
const ACCENTED = /[à-åç-öø-ýÿā-ž]/g;

/** Tag::HASHTAG_INVALID_CHARS_RE */
const INVALID = /[^\p{Alphabetic}\p{Nd}\u0e47-\u0e4e_\u00b7\u30fb\u200c]/gu;

/** As Mastodon's HashtagNormalizer makes it: in small letters, without most accents, width or signs. */
export const normalHashtag = (tag: string): string =>
  // Letter by letter, as Ruby does it: JavaScript minds where a sigma stands.
  Array.from(tag.normalize('NFKC'), (letter) => letter.toLowerCase())
    .join('')
    .replace(ACCENTED, (letter) => FOLDED[letter] ?? letter.normalize('NFD').charAt(0))
    .replace(INVALID, '');

const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}';
const SEPARATOR = '_\\u00b7\\u30fb\\u200c';
/** Tag::HASHTAG_NAME_RE: not digits alone, but `10_000`. */
const HASHTAG = new RegExp(
  `^(?:[${WORD}][${WORD}${SEPARATOR}]*[\\p{Alphabetic}${SEPARATOR}][${WORD}${SEPARATOR}]*[${WORD}]|[${WORD}]*\\p{Alphabetic}[${WORD}]*)$`,
  'u',
);
const isHashtag = (tag: string) => HASHTAG.test(tag);

/** As Mastodon keeps it. */
export const hashtag = field(
  'hashtag',
  z.string('expected a hashtag such as caturday').superRefine((value, context) => {
    const normal = normalHashtag(value);
    if (!isHashtag(normal)) context.addIssue({ code: 'custom', message: `"${value}" is no hashtag` });
    else if (normal !== value)
      context.addIssue({ code: 'custom', message: `write ${normal}, as Mastodon keeps it` });
  }),
);

/** As it is shown. */
export const hashtagDisplay = field(
  'hashtagDisplay',
  z
    .string('expected the hashtag as it is shown, such as CaturDay')
    .refine(isHashtag, 'is no hashtag')
    // Mastodon leaves signs out, such as some vowel signs.
    .transform((value) => value.replace(INVALID, '')),
);

/** Mastodon takes `#fff`, and colors without `#`, too. */
export const color = field(
  'color',
  z
    .string("expected a color such as '#6364ff'")
    .regex(/^#?([0-9a-f]{3}){1,2}$/i, "expected a color such as '#6364ff'"),
);

/** What stands between the colons of an emoji. */
export const shortcode = field(
  'shortcode',
  z
    .string('expected a shortcode')
    .regex(/^\w{2,128}$/, 'expected at least two letters, digits and _, such as blobcat'),
);

/** The path of a picture in the community's folder. */
export const picture = field(
  'picture',
  z
    .string('expected a file such as emoji/blobcat.png')
    .regex(/^[\w-]+(\/[\w-]+)*\.(png|gif|webp)$/, 'expected a file such as emoji/blobcat.png'),
);
