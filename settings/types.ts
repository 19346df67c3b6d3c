/** Defaults that follow from other settings, and the types of settings: all are derived from the schema. */
import type { Output } from '@pulumi/pulumi';
import type { z } from 'zod';
import { withUsername } from './administrators';
import { living } from './adopted';
import type { Secret } from './kinds';
import type { SETTINGS } from './schema';

/** Settings as the schema reads them. */
export type SettingFields = z.output<typeof SETTINGS>;

/** Relays that know TLS from the first byte listen on 465 (RFC 8314), and on 2465 where 465 is blocked. */
const IMPLICIT_TLS_PORTS = [465, 2465];

/** Host name of media, where no setting names one. */
export const defaultMediaDomain = (webDomain: string) => `files.${webDomain}`;

/** Settings with the defaults that depend on other settings. */
export function completed(fields: SettingFields) {
  const { smtp, acme, adopted } = fields;
  const people = fields.administrators.map(withUsername);
  const webDomain = fields.webDomain ?? fields.domain;
  return {
    ...fields,
    webDomain,
    mediaDomain: fields.mediaDomain ?? (webDomain && defaultMediaDomain(webDomain)),
    // At least two: see the schema.
    administrators: people as [Person, Person, ...Person[]],
    vpnCidrs: fields.vpnCidrs.filter((range) => range !== ''),
    smtp: { ...withTls(smtp), bulk: smtp.bulk && withTls(smtp.bulk) },
    mastodon: {
      ...fields.mastodon,
      federation: fields.mastodon.federation ?? ('open' as const),
      translation: withPlan(fields.mastodon.translation),
    },
    acme: { ...acme, contact: acme.contact ?? people[0]?.email ?? '' },
    adopted: adopted && living(adopted),
  };
}

type Tls = 'starttls' | 'implicit';

function withTls<T extends { port: number; tls?: Tls }>(relay: T): T & { tls: Tls } {
  return { ...relay, tls: relay.tls ?? (IMPLICIT_TLS_PORTS.includes(relay.port) ? 'implicit' : 'starttls') };
}

/** DeepL's keys of the free plan end with `:fx`. */
function withPlan(translation: SettingFields['mastodon']['translation']) {
  const { deepl } = translation ?? {};
  if (deepl === undefined) return translation;
  const plan = deepl.plan ?? (deepl.apiKey.endsWith(':fx') ? ('free' as const) : ('pro' as const));
  return { ...translation, deepl: { ...deepl, plan } };
}

type Person = ReturnType<typeof withUsername>;

/** The same with another type in the place of each secret, and unchangeable. */
type With<Sealed, T> = T extends Secret
  ? Sealed
  : T extends object
    ? { readonly [Key in keyof T]: With<Sealed, T[Key]> }
    : T;

type Valid = ReturnType<typeof completed> & {
  /** What is allowed but unlikely to work, as sentences. */
  warnings: readonly string[];
};

/** Valid settings whose secrets are plain text. */
export type PlainSettings = With<string, Valid>;

/** Valid settings of a stack. */
export type Settings = With<Output<string>, Valid>;

export type Smtp = Settings['smtp'];
export type Mastodon = Settings['mastodon'];
export type Adopted = NonNullable<Settings['adopted']>;
export type KnownSecrets = Adopted['secrets'];
/** Ids of a lost stack's objects that still exist. */
export type AdoptedObjects = Adopted['objects'];
