import { judgeAdministrators } from './administrators';
import { judgeAdopted, type JudgedAdopted } from './adopted';
import * as checks from './checks';
import { cidrProblem, overlap } from './cidr';
import { refuseExamples } from './examples';
import { Findings, setCommand } from './findings';
import { minorOf, TRIED_MINORS } from './mastodonReleases';
import { Backup, SecondStore, Settings, Smtp } from './types';
import { WIREGUARD } from './wireguard';

/** Settings whose secrets are still plain. */
export type JudgedSettings = Omit<Settings, 'smtp' | 'backup' | 'adopted'> & {
  readonly smtp: Omit<Smtp, 'password'> & { readonly password: string };
  readonly backup: Omit<Backup, 'secondary'> & {
    readonly secondary?: Omit<SecondStore, 'secretAccessKey'> & { readonly secretAccessKey: string };
  };
  readonly adopted?: JudgedAdopted;
};

export type Judgement =
  | { readonly settings: JudgedSettings }
  /** `usable`: what could be read all the same; what was refused or is missing is empty there. */
  | { readonly problems: readonly string[]; readonly usable: JudgedSettings };

type Raw = Readonly<Record<string, unknown>>;

/** Every setting, by the key that stands in `Pulumi.<stack>.yaml`. */
export const KEYS = [
  'domain', 'webDomain', 'mediaDomain', 'region', 'size', 'image', 'generation', 'vpn', 'vpnCidrs', 'administrators', 'smtp',
  'mediaGb', 'backupGb', 'mastodon', 'acme', 'dns', 'backup', 'alerts', 'community', 'housekeeping', 'maintenanceWindow', 'metrics', 'converge',
  'protect', 'adopted', 'apiEndpoint',
] as const; // prettier-ignore

const REGIONS = ['LON1', 'FRA1', 'NYC1', 'MUM1'];
/** Instance sizes with enough memory for Mastodon. A region may offer fewer. */
export const SIZES = ['g3', 'g4s'].flatMap((kind) =>
  ['small', 'medium', 'large', 'xlarge', '2xlarge'].map((size) => `${kind}.${size}`),
);
export const DEFAULT_IMAGE = 'ubuntu-noble';
export const IMAGES = [DEFAULT_IMAGE, 'debian-13'];
const BLOCKED_MAIL_PORTS = [25, 465, 587];
/** Relays that know TLS from the first byte listen on 465 (RFC 8314), and on 2465 where 465 is blocked. */
const IMPLICIT_TLS_PORTS = [465, 2465];
const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';

/** Judges a stack's settings, all of them: the valid settings, or every problem, each with its key. */
export function judge(raw: Raw): Judgement {
  const findings = new Findings();
  findings.onlyKnown(raw, '', KEYS);

  const domains = judgeDomains(findings, raw);
  refuseExamples(findings, raw, [domains.domain, domains.webDomain]);
  const administrators = judgeAdministrators(findings, raw);
  const dns = judgeDns(findings, raw, domains);
  const vpn = findings.text(raw, '', 'vpn', checks.oneOf(['own', 'wireguard']), 'own');
  const settings = {
    ...domains,
    region: judgeRegion(findings, raw),
    size: findings.text(
      raw,
      '',
      'size',
      checks.oneOf(SIZES, ': less memory than 2 GB does not hold Mastodon'),
      'g3.medium',
    ),
    image: findings.text(
      raw,
      '',
      'image',
      checks.oneOf(IMAGES, ': what this program is made for'),
      DEFAULT_IMAGE,
    ),
    generation: findings.integer(raw, '', 'generation', checks.atLeast(1), 1),
    vpn,
    vpnCidrs: judgeVpnCidrs(findings, raw, vpn),
    administrators,
    smtp: judgeSmtp(findings, raw),
    mediaGb: findings.integer(raw, '', 'mediaGb', checks.storeProblem, 500),
    backupGb: findings.integer(raw, '', 'backupGb', checks.storeProblem, 500),
    mastodon: judgeMastodon(findings, raw),
    acme: judgeAcme(findings, raw, administrators[0]?.email),
    dns,
    backup: judgeBackup(findings, raw),
    alerts: judgeAlerts(findings, raw),
    community: findings.optionalText(raw, '', 'community', checks.folderProblem),
    housekeeping: judgeHousekeeping(findings, raw),
    maintenanceWindow: findings.text(raw, '', 'maintenanceWindow', checks.windowProblem, '01:00-02:30'),
    metrics: findings.boolean(raw, '', 'metrics', false),
    converge: findings.boolean(raw, '', 'converge', true),
    protect: findings.boolean(raw, '', 'protect', true),
    adopted: judgeAdopted(findings, raw, dns),
    apiEndpoint: findings.optionalText(raw, '', 'apiEndpoint', checks.apiProblem),
    warnings: findings.warnings,
  };
  const judged = settings as unknown as JudgedSettings;
  return findings.problems.length > 0
    ? { problems: findings.problems, usable: judged }
    : { settings: judged };
}

function judgeDomains(findings: Findings, raw: Raw) {
  const ascii = (key: string) => checks.asciiDomain(findings.text(raw, '', key, checks.domainProblem));
  const domain = ascii('domain');
  const webDomain = raw.webDomain === undefined ? domain : ascii('webDomain');
  const mediaDefault = webDomain && `files.${webDomain}`;
  const mediaDomain = raw.mediaDomain === undefined ? mediaDefault : ascii('mediaDomain');
  if (mediaDomain !== '' && [domain, webDomain].includes(mediaDomain)) {
    findings.refuse('mediaDomain', mediaDomain, `expected a name of its own, such as files.${webDomain}`);
  }
  return { domain, webDomain, mediaDomain };
}

function judgeDns(
  findings: Findings,
  raw: Raw,
  names: { domain: string; webDomain: string; mediaDomain: string },
) {
  const dns = findings.text(raw, '', 'dns', checks.oneOf(['civo', 'external']), 'civo');
  if (names.domain === '') return dns;
  for (const key of ['webDomain', 'mediaDomain'] as const) {
    const name = names[key];
    if (dns === 'civo' && name !== '' && name !== names.domain && !name.endsWith(`.${names.domain}`)) {
      findings.refuse(
        key,
        name,
        `expected a name below ${names.domain}, the zone at Civo; for others set dns to external`,
      );
    }
  }
  return dns;
}

function judgeRegion(findings: Findings, raw: Raw) {
  const region = findings.text(raw, '', 'region', (given) =>
    given.toUpperCase() === 'PHX1'
      ? `has no object store, which media and backups need; expected one of ${REGIONS.join(', ')}`
      : checks.oneOf(REGIONS)(given.toUpperCase()),
  );
  return region.toUpperCase();
}

function judgeVpnCidrs(findings: Findings, raw: Raw, vpn: string) {
  const remedy = setCommand('vpnCidrs[0]', '203.0.113.0/24');
  const given = findings.list(raw, '', 'vpnCidrs', `a list of IPv4 ranges; set its first one: ${remedy}`);
  if (vpn === 'own' && Array.isArray(raw.vpnCidrs ?? []) && given.length === 0) {
    findings.refuse(
      'vpnCidrs',
      undefined,
      `expected at least one range: your VPN's, which SSH is open to; ${remedy}`,
    );
  }
  const ours = vpn === 'wireguard' ? [WIREGUARD.cidr] : [];
  const valid: string[] = [];
  given.forEach((cidr, i) => {
    const path = `vpnCidrs[${String(i)}]`;
    const problem = typeof cidr === 'string' ? cidrProblem(cidr) : 'expected a text such as 203.0.113.0/24';
    const other = problem ? undefined : [...ours, ...valid].find((one) => overlap(one, cidr as string));
    if (problem) findings.refuse(path, cidr, problem);
    else if (other) findings.refuse(path, cidr, `has addresses in common with ${other}; keep the wider one`);
    else valid.push(cidr as string);
  });
  return valid;
}

function judgeSmtp(findings: Findings, raw: Raw) {
  const fields = findings.object(raw, '', 'smtp', [
    'host',
    'port',
    'tls',
    'authentication',
    'user',
    'password',
    'from',
    'dkimSelector',
  ]);
  const port = findings.integer(
    fields,
    'smtp',
    'port',
    (n) => (n >= 1 && n <= 65535 ? undefined : 'expected a port'),
    2525,
  );
  if (BLOCKED_MAIL_PORTS.includes(port)) {
    findings.warnings.push(
      `smtp.port = ${String(port)}: Civo blocks the ports 25, 465 and 587 unless its support opened them for you; mail relays also listen on 2525`,
    );
  }
  return {
    host: checks.asciiDomain(findings.text(fields, 'smtp', 'host', checks.domainProblem)),
    port,
    tls: findings.text(
      fields,
      'smtp',
      'tls',
      checks.oneOf(['starttls', 'implicit']),
      IMPLICIT_TLS_PORTS.includes(port) ? 'implicit' : 'starttls',
    ),
    // Those that both Ruby's Net::SMTP and curl know with a password.
    authentication: findings.text(
      fields,
      'smtp',
      'authentication',
      checks.oneOf(['plain', 'login', 'cram_md5']),
      'plain',
    ),
    user: findings.text(fields, 'smtp', 'user'),
    password: findings.secret(fields, 'smtp', 'password'),
    from: findings.text(fields, 'smtp', 'from', checks.senderProblem),
    dkimSelector: findings.optionalText(fields, 'smtp', 'dkimSelector', checks.selectorProblem),
  };
}

function judgeMastodon(findings: Findings, raw: Raw) {
  const fields = findings.object(raw, '', 'mastodon', [
    'version',
    'webImage',
    'webDigest',
    'streamingImage',
    'streamingDigest',
    'tasks',
  ]);
  const text = (key: string, check: (value: string) => string | undefined, fallback?: string) =>
    findings.text(fields, 'mastodon', key, check, fallback);
  const version = text('version', checks.versionProblem);
  if (version && !TRIED_MINORS.some((minor) => minor === minorOf(version))) {
    findings.warnings.push(
      `mastodon.version = ${version}: this program was tried with Mastodon ${TRIED_MINORS.join(' and ')}. Look for a newer one of this program, and try yours first: make rehearse VERSION=${version}`,
    );
  }
  const tasks = findings
    .list(fields, 'mastodon', 'tasks', 'a list of commands')
    .map((_, i, all) =>
      findings.text({ [`tasks[${String(i)}]`]: all[i] }, 'mastodon', `tasks[${String(i)}]`),
    );
  return {
    version,
    webImage: text('webImage', checks.imageNameProblem, 'ghcr.io/mastodon/mastodon'),
    webDigest: text('webDigest', checks.digestProblem),
    streamingImage: text('streamingImage', checks.imageNameProblem, 'ghcr.io/mastodon/mastodon-streaming'),
    streamingDigest: text('streamingDigest', checks.digestProblem),
    tasks,
  };
}

function judgeAcme(findings: Findings, raw: Raw, contact?: string) {
  const fields = findings.object(raw, '', 'acme', ['directory', 'contact', 'trust']);
  const { trust } = fields;
  const trustProblem =
    trust === undefined ? undefined : checks.certificateProblem(typeof trust === 'string' ? trust : '');
  if (trustProblem) findings.refuse('acme.trust', undefined, trustProblem);
  return {
    directory: findings.text(fields, 'acme', 'directory', checks.urlProblem, LETS_ENCRYPT),
    contact: findings.text(
      fields,
      'acme',
      'contact',
      checks.emailProblem,
      contact || 'nobody@example.social',
    ),
    trust,
  };
}

function judgeBackup(findings: Findings, raw: Raw) {
  const fields = findings.object(raw, '', 'backup', ['retentionFull', 'secondary']);
  const twoWeeks = checks.atLeast(
    2,
    ': one full backup is made a week, and the last week must stay reachable',
  );
  return {
    retentionFull: findings.integer(fields, 'backup', 'retentionFull', twoWeeks, 4),
    secondary: fields.secondary === undefined ? undefined : judgeSecondary(findings, fields),
  };
}

function judgeSecondary(findings: Findings, backup: Raw) {
  const path = 'backup.secondary';
  const known = ['endpoint', 'bucket', 'region', 'accessKeyId', 'secretAccessKey'];
  const fields = findings.object(backup, 'backup', 'secondary', known);
  return {
    endpoint: findings.text(fields, path, 'endpoint', checks.storeAddressProblem),
    bucket: findings.text(fields, path, 'bucket', checks.bucketProblem),
    region: findings.text(fields, path, 'region', checks.wordProblem, 'us-east-1'),
    accessKeyId: findings.text(fields, path, 'accessKeyId', checks.wordProblem),
    secretAccessKey: findings.secret(fields, path, 'secretAccessKey'),
  };
}

function judgeAlerts(findings: Findings, raw: Raw) {
  const fields = findings.object(raw, '', 'alerts', ['webhook', 'pingUrl']);
  // Not repeated when it is wrong: such addresses often hold a key.
  const address = (key: string) => {
    const value = fields[key];
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string' && checks.hookProblem(value) === undefined) return value;
    findings.refuse(`alerts.${key}`, undefined, 'expected an https:// address on one line');
    return undefined;
  };
  return { webhook: address('webhook'), pingUrl: address('pingUrl') };
}

function judgeHousekeeping(findings: Findings, raw: Raw) {
  const path = 'housekeeping';
  const fields = findings.object(raw, '', path, ['remoteMediaDays', 'previewCardsDays', 'statusesDays']);
  // Mastodon asks for a preview again after two weeks at the earliest.
  const cards = (days: number) =>
    days === 0 || days >= 14
      ? undefined
      : 'expected 0 (never) or at least 14: they are not fetched again before';
  return {
    remoteMediaDays: findings.integer(fields, path, 'remoteMediaDays', checks.atLeast(0), 7),
    previewCardsDays: findings.integer(fields, path, 'previewCardsDays', cards, 60),
    statusesDays: findings.integer(fields, path, 'statusesDays', checks.atLeast(0), 90),
  };
}
