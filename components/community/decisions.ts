import * as pulumi from '@pulumi/pulumi';
import { blocksGuard } from './blocks-guard';
import { KINDS } from '../../community-files/kinds';
import type { Read } from '../../community-files/read';
import type { Community, DomainBlock, SettingValue } from '../../community-files/types';

export interface DecisionsArgs {
  /** The community, as {@link communityOf} reads it. */
  community: Read['community'];
  /** Which of its domain blocks come from lists that it follows. */
  followed: Read['followed'];
  /** Most blocks that one `up` may take over from lists; more need a confirmation. */
  maxNewBlocks: Read['maxNewBlocks'];
  /** Most of a file's blocks that one `up` may add or lift, in percent; more need a confirmation. */
  maxChangedPercent: Read['maxChangedPercent'];
}

/** Documents that Mastodon keeps as settings. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  site_terms: 'privacy policy',
  site_extended_description: 'about page',
};

/**
 * What the community decided, as resources that are nothing but what they say: a preview lists what changes, in words.
 * People, rules and documents are one each. Blocks are one for each list, with a property for each domain: the engine
 * takes 80 ms for a resource (a thousand took 84 s), and next to nothing for a property.
 *
 * @example
 * ```ts
 * import { communityOf, Decisions } from 'mastodon-on-civo/components';
 *
 * const server = { domain: 'example.social', webDomain: 'example.social', mastodon: { version: '4.6.5' } };
 * const read = communityOf({ community: 'community', ...server });
 * if (read) new Decisions('social', read);
 * ```
 */
export class Decisions extends pulumi.ComponentResource {
  constructor(name: string, args: DecisionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('mastodon:civo:Decisions', name, {}, opts);
    const { community, followed } = args;
    const said = (type: string, what: string, inputs: Words, hooks?: pulumi.ResourceHookBinding) =>
      // Of two servers in one program each decides for itself. Before, there was no name in front.
      new Decision(type, `${name}: ${what}`, inputs, { parent: this, hooks, aliases: [{ name: what }] });

    for (const { name: role, ...rest } of community.roles) said('Role', `role ${role}`, words(rest));
    for (const { username, role, ...rest } of community.team) {
      said('Member', `${role.toLowerCase()} ${username}`, words(rest));
    }
    for (const { key, ...rest } of community.rules) said('Rule', `rule ${key}`, words(rest));
    if (community.terms) said('Document', 'terms of service', words(community.terms));
    for (const [key, what] of Object.entries(DOCUMENTS)) {
      const text = community.settings[key];
      if (text !== undefined) said('Document', what, words({ text }));
    }
    said('Settings', 'server settings', settingWords(community.settings));

    const fromLists = new Set(followed);
    const own = community.domainBlocks.filter((block) => !fromLists.has(block));
    const [ours, theirs] = [blockWords(own), blockWords(followed)];
    const percent = args.maxChangedPercent;
    said('Blocks', 'domain blocks', ours, blocksGuard(name, 'domain-blocks.csv', { percent }, theirs));
    const newBlocks = args.maxNewBlocks;
    said(
      'Blocks',
      'followed blocks',
      theirs,
      blocksGuard(name, 'followed-blocks.csv', { percent, newBlocks }, ours),
    );
    said(
      'Blocks',
      'e-mail domain blocks',
      listed(community.emailDomainBlocks, ({ domain, allowWithApproval }) => [
        `block ${domain}`,
        allowWithApproval ? 'may ask to join' : 'refused',
      ]),
      blocksGuard(name, 'email-domain-blocks.csv', { percent }),
    );
    said(
      'Blocks',
      'IP blocks',
      listed(community.ipBlocks, ({ ip, severity, comment, expiresAt }) => [
        `block ${ip} (${severity})`,
        [comment, expiresAt && `until ${expiresAt}`].filter(Boolean).join(', '),
      ]),
      blocksGuard(name, 'ip-blocks.csv', { percent }),
    );
    said(
      'Allows',
      'domain allows',
      listed(community.domainAllows, ({ domain }) => [`allow ${domain}`, '']),
    );
    for (const kind of KINDS) {
      const items = community.lists?.[kind.list];
      if (items)
        said(
          'List',
          kind.title,
          listed(items, (item) => kind.words(item)),
        );
    }
    this.registerOutputs({});
  }
}

type Words = Record<string, string | number | boolean>;

/** A component, since the engine compares a component's inputs by itself: it needs no provider. */
class Decision extends pulumi.ComponentResource {
  constructor(type: string, name: string, inputs: Words, opts: pulumi.ComponentResourceOptions) {
    super(`mastodon:community:${type}`, name, inputs, opts);
    this.registerOutputs({});
  }
}

const listed = <T>(things: readonly T[], word: (thing: T) => readonly [string, string]): Words =>
  Object.fromEntries(things.map(word));

/** `block spam.example (suspend)`: why. */
const blockWords = (blocks: readonly DomainBlock[]) =>
  listed(blocks, ({ domain, severity, rejectMedia, rejectReports, obfuscate, publicComment, reasonUrl }) => {
    const extras = { 'no media': rejectMedia, 'no reports': rejectReports, obfuscated: obfuscate };
    const also = Object.entries(extras).flatMap(([word, holds]) => (holds ? [word] : []));
    return [`block ${domain} (${severity})`, [publicComment, reasonUrl, ...also].filter(Boolean).join(', ')];
  });

function settingWords(settings: Community['settings']): Words {
  const others = Object.entries(settings).filter(([key]) => !(key in DOCUMENTS));
  return Object.fromEntries(others.map(([key, value]) => [key, settingWord(value)]));
}

const settingWord = (value: SettingValue) =>
  typeof value === 'object' ? `${value.fileName}, SHA-256 ${value.sha256}` : value;

/** Lists and objects as text, which shows on one line. */
const words = (thing: object): Words =>
  Object.fromEntries(
    Object.entries(thing)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [
        key,
        typeof value === 'object' ? JSON.stringify(value) : (value as Words[string]),
      ]),
  );
