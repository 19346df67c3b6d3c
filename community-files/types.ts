import type { Lists } from './kinds/list-kind';

/** What the community decided, read from its folder and checked. Names are Mastodon's; domains are Punycode. */
export interface Community {
  /** Custom roles; Owner, Admin and Moderator are Mastodon's own. */
  readonly roles: readonly Role[];
  readonly team: readonly Member[];
  /** In the order in which they are shown. */
  readonly rules: readonly Rule[];
  readonly terms?: Terms;
  /** By the keys of `Form::AdminSettings`. */
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly domainBlocks: readonly DomainBlock[];
  readonly domainAllows: readonly DomainAllow[];
  readonly emailDomainBlocks: readonly EmailDomainBlock[];
  readonly ipBlocks: readonly IpBlock[];
  /** Lists in files of their own (`KINDS`); what has no file is missing, and the web interface's business. */
  readonly lists?: Lists;
}

export interface Role {
  readonly name: string;
  /** Mastodon's flags, such as `manage_reports`. */
  readonly permissions: readonly string[];
  /** Who stands higher acts on who stands lower. */
  readonly position: number;
  /** Such as `#6364ff`. */
  readonly color?: string;
  readonly highlighted?: boolean;
  readonly require2fa?: boolean;
}

export interface Member {
  readonly username: string;
  readonly email: string;
  /** One of Mastodon's own roles, or a custom one. */
  readonly role: string;
  /** ISO 639 codes. Mastodon has no place for them: they are for the team's own use. */
  readonly languages: readonly string[];
}

export interface Rule {
  /** The rule's name in rules.md, which stays when it is reworded. */
  readonly key: string;
  readonly text: string;
  readonly hint: string;
  /** Its place, from 1. */
  readonly priority: number;
  readonly translations: readonly RuleTranslation[];
}

export interface RuleTranslation {
  readonly language: string;
  readonly text: string;
  readonly hint: string;
}

export interface Terms {
  readonly text: string;
  readonly changelog: string;
  /** `YYYY-MM-DD` */
  readonly effectiveDate: string;
}

export type SettingValue = string | number | boolean | Upload;

/** An image of the folder. */
export interface Upload {
  readonly fileName: string;
  readonly base64: string;
  readonly sha256: string;
}

export type Severity = 'noop' | 'silence' | 'suspend';

export interface DomainBlock {
  readonly domain: string;
  readonly severity: Severity;
  readonly rejectMedia: boolean;
  readonly rejectReports: boolean;
  readonly publicComment: string;
  readonly obfuscate: boolean;
  /** Link to where it was decided; it goes into the private comment. */
  readonly reasonUrl: string;
}

export interface DomainAllow {
  readonly domain: string;
}

export interface EmailDomainBlock {
  readonly domain: string;
  /** People with such an address may ask to join, instead of being refused. */
  readonly allowWithApproval: boolean;
}

export interface IpBlock {
  /** As a range, such as `192.0.2.0/24` or `2001:db8::1/128`. */
  readonly ip: string;
  readonly severity: 'sign_up_requires_approval' | 'sign_up_block' | 'no_access';
  readonly comment: string;
  /** ISO 8601 moment in UTC. Otherwise it never ends. */
  readonly expiresAt?: string;
}

/** The parts that apply and the server's answer name: which list of the community a thing is in. */
export type Kind =
  | 'role'
  | 'member'
  | 'rule'
  | 'terms'
  | 'setting'
  | 'domainBlock'
  | 'domainAllow'
  | 'emailDomainBlock'
  | 'ipBlock'
  // Of a list in a file of its own (`KINDS`).
  | (string & {});

/** What the machine's `community read` and `community drift` say. */
export interface Server {
  readonly community: Omit<Community, 'settings' | 'terms'> & {
    readonly settings: Readonly<Record<string, unknown>>;
    readonly terms?: Community['terms'] | null;
  };
  /** What the files made there, by its keys. */
  readonly managed: Readonly<Partial<Record<Kind, readonly string[]>>>;
  /** What of it was changed or removed in the web interface since. */
  readonly drift: readonly {
    readonly kind: Kind;
    readonly key: string;
    /** Null: removed. */
    readonly server?: Readonly<Record<string, unknown>> | null;
    readonly lastApplied?: Readonly<Record<string, unknown>>;
  }[];
}
