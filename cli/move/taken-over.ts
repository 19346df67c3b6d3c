/** What of an old server's `.env.production` becomes a setting: each variable that has a counterpart here. */
import { valueAt } from '../../lib/value-at';
import { GROUP_OF } from '../../settings/variables-of-settings';
import { VARIABLES } from '../../settings/mastodon-variables';
import type { Setting } from '../lib/stack-config';

export type OldVariables = ReadonlyMap<string, string>;

/** Old names that Mastodon reads where the new one is not given. */
const RENAMED: Readonly<Record<string, string>> = {
  WHITELIST_MODE: 'LIMITED_FEDERATION_MODE',
  EMAIL_DOMAIN_WHITELIST: 'EMAIL_DOMAIN_ALLOWLIST',
  EMAIL_DOMAIN_BLACKLIST: 'EMAIL_DOMAIN_DENYLIST',
  S3_CLOUDFRONT_HOST: 'S3_ALIAS_HOST',
};

/** The variables that say something, under the names that they have today. */
export function underNewNames(variables: OldVariables): OldVariables {
  const said = [...variables].filter(([, value]) => value !== '');
  const isSaid = (name: string) => said.some(([one]) => one === name);
  return new Map(
    said
      .filter(([name]) => !isSaid(RENAMED[name] ?? ''))
      .map(([name, value]) => [RENAMED[name] ?? name, value]),
  );
}

/** Settings that stand for one variable and take its value as it is. */
const COUNTERPARTS: Readonly<Record<string, string>> = {
  SMTP_SERVER: 'smtp.host',
  SMTP_PORT: 'smtp.port',
  SMTP_LOGIN: 'smtp.user',
  SMTP_PASSWORD: 'smtp.password',
  SMTP_FROM_ADDRESS: 'smtp.from',
  SMTP_AUTH_METHOD: 'smtp.authentication',
  S3_ALIAS_HOST: 'mediaDomain',
};

export interface TakenOver {
  /** By the paths of the settings. */
  readonly settings: Readonly<Record<string, Setting>>;
  /** The variables' names. */
  readonly names: readonly string[];
  /** The names of those that settings of the stack say already. */
  readonly kept: readonly string[];
  /** `NAME: what is wrong with its value`, without the value. */
  readonly invalid: readonly string[];
}

/** `known`: the stack's settings, which stay as they are. */
export function takenOver(variables: OldVariables, known: Readonly<Record<string, unknown>>): TakenOver {
  const limited = variables.get('LIMITED_FEDERATION_MODE') === 'true';
  const federation = { value: limited ? 'limited' : 'open', secret: false };
  const settings = new Map<string, Setting>([['mastodon.federation', federation]]);
  const names: string[] = variables.has('LIMITED_FEDERATION_MODE') ? ['LIMITED_FEDERATION_MODE'] : [];
  const invalid: string[] = [];
  const kept: string[] = [];
  for (const [name, value] of variables) {
    const variable = VARIABLES[name];
    const setting = COUNTERPARTS[name];
    const isSecret = variable?.secret ?? false;
    if (setting !== undefined && valueAt(known, setting) === undefined) {
      settings.set(setting, { value, secret: isSecret });
      names.push(name);
    }
    if (variable?.use.by !== 'administrator') continue;
    const group = GROUP_OF.get(name);
    if (group !== undefined && valueAt(known, group) !== undefined) {
      kept.push(name);
      continue;
    }
    const read = variable.kind.schema.safeParse(value);
    if (read.success) {
      settings.set(`mastodon.environment.${name}`, { value: read.data, secret: isSecret });
      names.push(name);
    } else invalid.push(`${name}: ${read.error.issues[0]?.message ?? 'is not understood'}`);
  }
  return { settings: Object.fromEntries(settings), names, kept, invalid };
}

/** Settings with these in their places. */
export function withSettings(
  settings: Readonly<Record<string, unknown>>,
  added: Readonly<Record<string, Setting>>,
): Record<string, unknown> {
  const all = structuredClone(settings) as Record<string, unknown>;
  for (const [path, { value }] of Object.entries(added)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const place = keys.reduce((inner, key) => (inner[key] ??= {}) as Record<string, unknown>, all);
    place[last] = value;
  }
  return all;
}
