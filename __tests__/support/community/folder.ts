import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Community } from '../../../community-files/types';

/** Copies the repository's own community, with another domain in place of the example's. */
export function copyCommunity(folder: string, domain = 'toot.example'): void {
  cpSync(join(__dirname, '..', '..', '..', 'community'), folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), 'utf8');
    if (text.includes('example.social'))
      writeFileSync(join(folder, name), text.replaceAll('example.social', domain));
  }
}

/** Writes what moderators would write, of the example's kinds. */
export function writeCommunity(folder: string, community: Community): void {
  mkdirSync(folder, { recursive: true });
  const { site_terms: privacy, ...settings } = community.settings;
  const files: Record<string, string> = {
    'team.yaml': stringify({ people: community.team, roles: community.roles }),
    'rules.md': community.rules.map(rule).join('\n'),
    'server.yaml': stringify(settings),
    'domain-blocks.csv': csv(
      'domain,severity,reject_media,reject_reports,public_comment,obfuscate,reason_url',
      community.domainBlocks.map((block) => [
        ...[block.domain, block.severity, block.rejectMedia, block.rejectReports],
        ...[block.publicComment, block.obfuscate, block.reasonUrl],
      ]),
    ),
    'domain-allows.csv': csv('domain', community.domainAllows.map(({ domain }) => [domain])), // prettier-ignore
    'email-domain-blocks.csv': csv(
      'domain,allow_with_approval',
      community.emailDomainBlocks.map(({ domain, allowWithApproval }) => [domain, allowWithApproval]),
    ),
    'ip-blocks.csv': csv(
      'ip,severity,comment,expires_at',
      community.ipBlocks.map(({ ip, severity, comment, expiresAt }) => [ip, severity, comment, expiresAt]),
    ),
  };
  if (typeof privacy === 'string') files['privacy-policy.md'] = `${privacy}\n`;
  if (community.terms) {
    const { text, changelog, effectiveDate } = community.terms;
    const front = stringify({ effective_date: effectiveDate, changelog });
    files['terms-of-service.md'] = `---\n${front}---\n${text}\n`;
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

function rule({ key, text, hint, translations }: Community['rules'][number]): string {
  const others = translations.map((other) => `\n### ${other.language}: ${other.text}\n`);
  return `## ${text} {#${key}}\n\n${hint}\n${others.join('')}`;
}

function csv(columns: string, rows: readonly (readonly (string | boolean | undefined)[])[]): string {
  const lines = rows.map((row) => row.map((cell) => String(cell ?? '')).join(','));
  return `${[columns.replace(/(^|,)/g, '$1#'), ...lines].join('\n')}\n`;
}
