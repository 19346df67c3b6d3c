/** Rules that several settings obey together. An invalid setting is empty here, and no rule speaks of it. */
import { overlap } from './cidr';
import { environmentWarnings } from './environment-warnings';
import { minorOf, TRIED_MINORS } from './mastodon-releases';
import { type Problem, setCommand } from './problem';
import type { PlainSettings, SettingFields } from './types';
import { WIREGUARD } from '../network/wireguard';

const BLOCKED_MAIL_PORTS = [25, 465, 587];

/** Media have a name of their own, and a zone at Civo contains all names. */
export function domainProblems(
  settings: Pick<PlainSettings, 'domain' | 'webDomain' | 'mediaDomain' | 'dns' | 'apex'>,
): Problem[] {
  const { domain, webDomain, mediaDomain, dns, apex } = settings;
  const own = [domain, webDomain].includes(mediaDomain) && mediaDomain !== '';
  const names = [{ path: 'webDomain', value: webDomain }, { path: 'mediaDomain', value: mediaDomain }]; // prettier-ignore
  const outside = names.filter(
    ({ value }) => value !== '' && value !== domain && !value.endsWith(`.${domain}`),
  );
  return [
    ...(apex === 'elsewhere' && domain === webDomain && domain !== ''
      ? [
          {
            path: 'apex',
            value: apex,
            text: `leaves the web site without a name that leads here; expected a webDomain that is not ${domain}: ${setCommand('webDomain', `social.${domain}`)}`,
          },
        ]
      : []),
    ...(own
      ? [
          {
            path: 'mediaDomain',
            value: mediaDomain,
            text: `expected a name of its own, such as files.${webDomain}`,
          },
        ]
      : []),
    ...(dns === 'civo' && domain !== '' ? outside : []).map((one) => ({
      ...one,
      text: `expected a name below ${domain}, the zone at Civo; for others set dns to external`,
    })),
  ];
}

/** SSH must be open to at least one range, and no range is needed twice. */
export function rangeProblems({ vpn, vpnCidrs }: Pick<SettingFields, 'vpn' | 'vpnCidrs'>): Problem[] {
  if (vpn === 'own' && vpnCidrs.length === 0) {
    const remedy = setCommand('vpnCidrs[0]', '203.0.113.0/24');
    return [
      { path: 'vpnCidrs', text: `expected at least one range: your VPN's, which SSH is open to; ${remedy}` },
    ];
  }
  const earlier = vpn === 'wireguard' ? [WIREGUARD.cidr as string] : [];
  return vpnCidrs.flatMap((value, i) => {
    if (value === '') return [];
    const other = earlier.find((range) => overlap(range, value));
    earlier.push(value);
    if (other === undefined) return [];
    return [
      {
        path: `vpnCidrs[${String(i)}]`,
        value,
        text: `has addresses in common with ${other}; keep the wider one`,
      },
    ];
  });
}

/** Copies of this age stay, however large they are: who reads the newest posts looks at them. `remote_media.py` has it, too. */
export const REMOTE_MEDIA_FLOOR_DAYS = 7;

/** A limit by size must be one that the bucket leaves room for, and that the limit by age leaves something to. */
export function remoteMediaProblems({
  mediaGb,
  housekeeping,
}: Pick<SettingFields, 'mediaGb' | 'housekeeping'>): Problem[] {
  const { remoteMediaGb: value, remoteMediaDays: days } = housekeeping;
  const path = 'housekeeping.remoteMediaGb';
  if (!value) return [];
  return [
    ...(value >= mediaGb
      ? [
          {
            path,
            value,
            text: `expected less than the media bucket holds, which is mediaGb = ${String(mediaGb)}`,
          },
        ]
      : []),
    ...(days > 0 && days <= REMOTE_MEDIA_FLOOR_DAYS
      ? [
          {
            path,
            value,
            text: `has no effect beside housekeeping.remoteMediaDays = ${String(days)}, as nothing of the last ${String(REMOTE_MEDIA_FLOOR_DAYS)} days goes for its size; expected more days there, or 0: ${setCommand('housekeeping.remoteMediaDays', '0')}`,
          },
        ]
      : []),
  ];
}

/** What is allowed but unlikely to work, as sentences. */
export function warningsOf(settings: Pick<PlainSettings, 'smtp' | 'mastodon' | 'webDomain'>): string[] {
  const { smtp, mastodon } = settings;
  const { version } = mastodon;
  const relays = { 'smtp.port': smtp.port, 'smtp.bulk.port': smtp.bulk?.port };
  const isTried = version === '' || TRIED_MINORS.some((minor) => minor === minorOf(version));
  return [
    ...Object.entries(relays)
      .filter(([, port]) => port !== undefined && BLOCKED_MAIL_PORTS.includes(port))
      .map(
        ([path, port]) =>
          `${path} = ${String(port)}: Civo blocks the ports 25, 465 and 587 unless its support opened them for you; mail relays also listen on 2525`,
      ),
    ...(isTried
      ? []
      : [
          `mastodon.version = ${version}: this program was tried with Mastodon ${TRIED_MINORS.join(' and ')}. Look for a newer one of this program, and try yours first: bin/mastodon rehearse ${version}`,
        ]),
    ...environmentWarnings(settings),
  ];
}
