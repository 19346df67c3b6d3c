import type { Community } from '../../../community-files/types';

const block = (domain: string): Community['domainBlocks'][number] => ({
  domain,
  severity: 'suspend',
  rejectMedia: false,
  rejectReports: false,
  publicComment: 'Spam',
  obfuscate: false,
  reasonUrl: `https://mastodon.test/decisions/${domain}`,
});

/** Seven people, ten rules, terms, and as many blocked servers as asked for. */
export function exampleCommunity(blocks: number): Community {
  const member = (username: string, role: string) => ({
    username,
    email: `${username}@mastodon.test`,
    role,
    languages: ['en'],
  });
  return {
    roles: [{ name: 'Translator', permissions: ['manage_announcements'], position: 5, color: '#6364ff' }],
    team: [
      member('alice', 'Owner'),
      member('bob', 'Admin'),
      ...['carol', 'dave', 'erin', 'frank'].map((name) => member(name, 'Moderator')),
      member('grace', 'Translator'),
    ],
    rules: Array.from({ length: 10 }, (_, index) => ({
      key: `rule-of-${String(index + 1)}`,
      text: `Rule ${String(index + 1)}: be kind`,
      hint: 'To everybody.',
      priority: index + 1,
      translations: [{ language: 'de', text: `Regel ${String(index + 1)}: sei nett`, hint: '' }],
    })),
    terms: { text: '# Terms', changelog: 'The first ones.', effectiveDate: inDays(30) },
    settings: {
      site_title: 'Our place',
      site_contact_username: 'alice',
      site_contact_email: 'alice@mastodon.test',
      registrations_mode: 'approved',
      trends: true,
      site_terms: 'We keep little.',
    },
    domainBlocks: Array.from({ length: blocks }, (_, index) => block(`spam-${String(index)}.example`)),
    domainAllows: [{ domain: 'friends.example' }],
    emailDomainBlocks: [{ domain: 'throwaway.example', allowWithApproval: false }],
    ipBlocks: [{ ip: '192.0.2.0/24', severity: 'sign_up_block', comment: 'Bots' }],
  };
}

export function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}
