import { createHash } from 'node:crypto';
import { z } from 'zod';
import { emailProblem, usernameProblem } from '../settings/formats';
import { minorOf } from '../settings/mastodon-releases';
import type { Folder } from './folder';
import { type Problems } from './problems';
import { document, lengthOf, unixText } from './text';
import type { SettingValue, Upload } from './types';
import { readYaml } from './yaml-file';

export const SERVER = 'server.yaml';

const text = z.string('expected a text').transform(document);
const yesOrNo = z.boolean('expected true or false');
/** Emptied in the web interface it is nothing. */
const emptied = z.literal('').or(z.null().transform(() => '' as const));
const count = (of: string) => z.union([emptied, z.int()], `expected a number of ${of}, or '' for none`);
const days = doubted(count('days'), (value) => Number(value) < 1 && value !== '' && 'expected at least 1 day'); // prettier-ignore
const oneOf = (...choices: [string, ...string[]]) => z.enum(choices, `expected one of ${choices.join(', ')}`);
const judged = (check: (value: string) => string | undefined) =>
  text.superRefine((value, context) => {
    const problem = value === '' ? undefined : check(value);
    if (problem) context.addIssue({ code: 'custom', message: `"${value}": ${problem}` });
  });
const feedAccess = oneOf('public', 'authenticated', 'disabled');
/** The name of an image in the folder. */
const image = z.string('expected the name of an image').meta({ upload: true });

/** What Mastodon takes, and may be a mistake. */
type Doubt<T> = (value: T) => string | false;
function doubted<T extends z.ZodType>(schema: T, doubt: Doubt<z.output<T>>): T {
  return schema.meta({ doubt });
}

const webAddress = (value: string) =>
  /^https?:\/\/\S+$/.test(value) && URL.canParse(value) ? undefined : 'expected an https:// address';
/** `alice`, `@alice` or `alice@example.social`, as ExistingUsernameValidator takes it. */
const localUser = (value: string) => usernameProblem(value.replace(/^@/, '').replace(/@[\w.-]+$/, ''));

/** What Form::AdminSettings takes. The privacy policy (site_terms) and the about page (site_extended_description) are files of their own. */
const SINCE_4_6 = z.strictObject({
  site_title: doubted(text, (value) => value === '' && 'expected a title'),
  site_short_description: doubted(text, (value) => lengthOf(value) > 200 && 'has more than 200 characters, which Mastodon takes no more'),
  site_contact_username: judged(localUser),
  site_contact_email: doubted(text, (value) => value !== '' && emailProblem(value) !== undefined && `"${value}": ${emailProblem(value) ?? ''}`),
  registrations_mode: oneOf('open', 'approved', 'none'),
  closed_registrations_message: text,
  require_invite_text: yesOrNo,
  min_age: doubted(count('years'), (value) => value !== '' && (value < 1 || value > 100) && 'expected 1 to 100 years'),
  captcha_enabled: yesOrNo,
  bootstrap_timeline_accounts: text,
  show_domain_blocks: oneOf('disabled', 'users', 'all'),
  show_domain_blocks_rationale: oneOf('disabled', 'users', 'all'),
  trends: yesOrNo,
  trendable_by_default: yesOrNo,
  landing_page: oneOf('trends', 'overview', 'local_feed', 'about'),
  local_live_feed_access: feedAccess,
  remote_live_feed_access: feedAccess,
  local_topic_feed_access: oneOf('public', 'authenticated'),
  remote_topic_feed_access: feedAccess,
  profile_directory: yesOrNo,
  preview_sensitive_media: yesOrNo,
  wrapstodon: yesOrNo,
  activity_api_enabled: yesOrNo,
  peers_api_enabled: yesOrNo,
  noindex: yesOrNo,
  authorized_fetch: yesOrNo,
  allow_referrer_origin: yesOrNo,
  media_cache_retention_period: days,
  content_cache_retention_period: days,
  backups_retention_period: days,
  status_page_url: judged(webAddress),
  email_footer_text: text,
  custom_css: text,
  thumbnail: image,
  mascot: image,
  app_icon: image,
  favicon: image,
}).partial(); // prettier-ignore

/** By Mastodon's minor version. In 4.7 they are those of 4.6. */
const SETTINGS = { '4.6': SINCE_4_6, '4.7': SINCE_4_6 } as const;

/** Where to write what server.yaml doesn't take. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  site_terms: 'is the privacy policy: write it into privacy-policy.md',
  site_extended_description: 'is the about page: write it into about.md',
};

/** It travels with each `pulumi up`. */
const LARGEST_IMAGE = 2_000_000;
const IMAGES: readonly (readonly [string, RegExp])[] = [
  ['png', /^\x89PNG/],
  ['jpeg', /^\xff\xd8\xff/],
  ['gif', /^GIF8/],
  ['webp', /^RIFF....WEBP/s],
];

/**
 * The settings that Mastodon's version has, by their names; those of the newest known one for a newer minor version.
 * Mastodon itself refuses what it doesn't know.
 */
export function settingsOf(version: string) {
  const minor = minorOf(version);
  return minor in SETTINGS ? SETTINGS[minor as keyof typeof SETTINGS] : SETTINGS['4.7'];
}

/** What server.yaml sets. What it doesn't name stays as it is. */
export function serverSettings(folder: Folder, version: string, problems: Problems) {
  const source = withoutMisplaced(unixText(folder.text(SERVER) ?? ''), problems);
  const schema = settingsOf(version);
  const file = source === undefined ? undefined : readYaml(SERVER, source, schema, problems);
  if (!file) return {};
  if (!(minorOf(version) in SETTINGS) && folder.files.includes(SERVER)) {
    const known = Object.keys(SETTINGS).join(' and ');
    problems.warn(
      { file: SERVER, line: 1 },
      `checked as for Mastodon ${known}: the settings of ${version} are not known here`,
    );
  }
  const contact = ['site_contact_username', 'site_contact_email'].filter((key) => key in file.value);
  if (contact.length === 1) {
    const message = 'site_contact_username and site_contact_email: expected both or none';
    problems.refuse(file.place(contact[0] ?? ''), message);
  }
  const values = Object.entries(file.value).map(([key, value]): [string, SettingValue] => {
    const { upload: isUpload, doubt } = metaOf(schema.shape, key);
    const doubtful = doubt?.(value) ?? false;
    if (doubtful !== false) problems.warn(file.place(key), `${key}: ${doubtful}`);
    if (isUpload !== true) return [key, value];
    return [key, upload(folder, String(value), (problem) => { problems.refuse(file.place(key), `${key}: ${problem}`); })]; // prettier-ignore
  });
  return Object.fromEntries(values);
}

const metaOf = (shape: object, key: string) => {
  const field = (shape as Record<string, z.ZodOptional<z.ZodType> | undefined>)[key];
  return (field?.unwrap().meta() ?? {}) as { upload?: boolean; doubt?: Doubt<SettingValue> };
};

function withoutMisplaced(source: string, problems: Problems): string | undefined {
  const misplaced = Object.keys(ELSEWHERE).filter((key) => new RegExp(`^${key}:`, 'm').test(source));
  for (const key of misplaced) {
    const line = source.split('\n').findIndex((row) => row.startsWith(`${key}:`)) + 1;
    problems.refuse({ file: SERVER, line }, `${key} ${ELSEWHERE[key] ?? ''}`);
  }
  return misplaced.length === 0 ? source : undefined;
}

function upload(folder: Folder, fileName: string, refuse: (problem: string) => void): Upload {
  const bytes = folder.bytes(fileName) ?? Buffer.alloc(0);
  const isImage = IMAGES.some(([, start]) => start.test(bytes.subarray(0, 16).toString('latin1')));
  if (!folder.files.includes(fileName)) refuse(`there is no ${fileName} in ${folder.name}`);
  else if (!isImage)
    refuse(`${fileName} is no image of the kinds ${IMAGES.map(([kind]) => kind).join(', ')}`);
  else if (bytes.length > LARGEST_IMAGE) refuse(`${fileName} has more than 2 MB; make it smaller`);
  return {
    fileName,
    base64: bytes.toString('base64'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}
