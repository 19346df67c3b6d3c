/** What of an old server's `.env.production` does not come along, and why. */
import { VARIABLES } from '../../settings/mastodon-variables';
import { refusalOf } from '../../settings/mastodon-environment';
import type { OldVariables } from './taken-over';

const isTrue = (value: string) => value === 'true';
const isSet = () => true;

/** What changes who gets in, or where media are, and can't be had here. */
const DECISIVE: Readonly<Record<string, readonly [(value: string) => boolean, string]>> = {
  PAM_ENABLED: [isTrue, 'people log in with what PAM of the old machine knows; the images have no such PAM'],
  EMAIL_DOMAIN_DENYLIST: [isSet, 'these e-mail domains could not sign up; list them in email-domain-blocks.csv'],
  S3_KEY_PREFIX: [isSet, 'media are in a folder of the old bucket; give that one to --media'],
  PAPERCLIP_ROOT_URL: [(value) => value !== '/system', 'media had addresses of their own, which lead nowhere here'],
}; // prettier-ignore

export interface LeftOut {
  /** `NAME: what it means`: without these the server would be another one. */
  readonly decisive: readonly string[];
  /** The names of those that the machine has values of its own for. */
  readonly replaced: readonly string[];
  /** `NAME: why` of those that can't be had here. */
  readonly refused: readonly string[];
  /** The names of those that Mastodon does not have. */
  readonly unknown: readonly string[];
}

/** Values are never printed: some are secrets. */
export function leftOut(variables: OldVariables, mediaDomain: string): LeftOut {
  const decisive: string[] = [];
  const replaced: string[] = [];
  const refused: string[] = [];
  const unknown: string[] = [];
  for (const [name, value] of variables) {
    const use = VARIABLES[name]?.use;
    const [matters, meaning] = DECISIVE[name] ?? [];
    if (matters?.(value)) decisive.push(`${name}: ${meaning ?? ''}`);
    else if (name === 'S3_ALIAS_HOST' && value !== mediaDomain) {
      decisive.push(`${name}: others know media by that host; the setting mediaDomain is ${mediaDomain}`);
    } else if (use === undefined) unknown.push(name);
    else if (use.by === 'nobody') refused.push(`${name}: ${refusalOf(use) ?? ''}`);
    else if (use.by !== 'administrator') replaced.push(name);
  }
  return { decisive, replaced, refused, unknown };
}
