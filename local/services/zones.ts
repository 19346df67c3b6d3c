/** What an authoritative name server answers: a pure function of the zones that it has and the question. */
import type { Answer, Question, StringAnswer } from 'dns-packet';

import type { DnsRecord, DnsZone } from '../civo/backends';

/** Response codes of RFC 1035. */
export const RCODE = { noError: 0, serverFailure: 2, nameError: 3, notImplemented: 4, refused: 5 } as const;

export interface ZoneAnswer {
  rcode: number;
  answers: Answer[];
  authorities: Answer[];
  /** Where a chain of aliases leaves the zones: the question continues with this name. */
  leadsTo?: string;
}

/** Civo's name servers. They own no address here: everybody asks this server. */
const NAME_SERVERS = ['ns0.civo.com', 'ns1.civo.com'];
/** How long clients may remember that there is nothing, in seconds. Short: here zones are made while they are asked for. */
const NEGATIVE_TTL = 5;
const LONGEST_ALIAS_CHAIN = 8;

/** The answer of `zones`, or undefined if the name is in none of them. */
export function answer(
  zones: readonly DnsZone[],
  question: Question,
  serial: number,
): ZoneAnswer | undefined {
  const answers: Answer[] = [];
  let name = normal(question.name);
  for (let step = 0; step < LONGEST_ALIAS_CHAIN; step += 1) {
    const zone = zoneOf(zones, name);
    if (!zone) return step === 0 ? undefined : { ...found(answers), leadsTo: name };

    const records = recordsOf(zone, serial).filter((record) => record.name === name);
    const alias = records.find((record): record is StringAnswer => record.type === 'CNAME');
    if (alias && question.type !== 'CNAME') {
      answers.push(alias);
      name = normal(alias.data);
      continue;
    }
    const matches = records.filter((record) => record.type === question.type);
    if (matches.length > 0) return found([...answers, ...matches]);
    const exists = records.length > 0 || namesBelow(zone, name);
    return {
      rcode: exists ? RCODE.noError : RCODE.nameError,
      answers,
      authorities: [startOfAuthority(zone, serial)],
    };
  }
  return { rcode: RCODE.serverFailure, answers: [], authorities: [] };
}

const found = (answers: Answer[]): ZoneAnswer => ({ rcode: RCODE.noError, answers, authorities: [] });

const normal = (name: string) => name.toLowerCase().replace(/\.$/, '');

/** The zone that `name` is in: of several, the one with the longest name. */
function zoneOf(zones: readonly DnsZone[], name: string): DnsZone | undefined {
  return zones
    .filter((zone) => name === normal(zone.name) || name.endsWith(`.${normal(zone.name)}`))
    .sort((a, b) => b.name.length - a.name.length)[0];
}

/** Whether there is a name below `name`, which then exists although it has no record (RFC 4592). */
const namesBelow = (zone: DnsZone, name: string) =>
  zone.records.some((record) => fullName(record, zone).endsWith(`.${name}`));

function recordsOf(zone: DnsZone, serial: number): Answer[] {
  const own = zone.records.map((record) => toAnswer(record, fullName(record, zone)));
  const servers = NAME_SERVERS.map((data): Answer => ({
    type: 'NS',
    name: normal(zone.name),
    ttl: 3600,
    data,
  }));
  return [...own, ...servers, startOfAuthority(zone, serial)].filter((record) => record !== undefined);
}

function fullName(record: DnsRecord, zone: DnsZone): string {
  const [name, apex] = [normal(record.name), normal(zone.name)];
  if (name === '' || name === '@') return apex;
  return name === apex || name.endsWith(`.${apex}`) ? name : `${name}.${apex}`;
}

function startOfAuthority(zone: DnsZone, serial: number): Answer {
  const [mname] = NAME_SERVERS;
  const data = { mname, rname: 'admin.civo.com', serial, refresh: 3600, retry: 600, expire: 604_800 };
  return {
    type: 'SOA',
    name: normal(zone.name),
    ttl: NEGATIVE_TTL,
    data: { ...data, mname: mname ?? '', minimum: NEGATIVE_TTL },
  };
}

/** What the zone above answers of a name that is not delegated yet. */
export const undelegated = (name: string, serial: number): ZoneAnswer => ({
  rcode: RCODE.nameError,
  answers: [],
  authorities: [startOfAuthority({ name: normal(name).split('.').slice(-1).join('.'), records: [] }, serial)],
});

/** Zones with more records in them, each in the zone that its name is in. */
export const withRecords = (zones: readonly DnsZone[], more: readonly DnsRecord[]): DnsZone[] =>
  zones.map((zone) => ({
    ...zone,
    records: [...zone.records, ...more.filter(({ name }) => zoneOf(zones, normal(name)) === zone)],
  }));

/** A record as it goes over the wire; undefined if its value makes no sense for its type. */
function toAnswer({ type, value, ttl, priority }: DnsRecord, name: string): Answer | undefined {
  switch (type.toUpperCase()) {
    case 'A':
      return { type: 'A', name, ttl, data: value };
    case 'AAAA':
      return { type: 'AAAA', name, ttl, data: value };
    case 'CNAME':
      return { type: 'CNAME', name, ttl, data: normal(value) };
    case 'NS':
      return { type: 'NS', name, ttl, data: normal(value) };
    case 'MX':
      return { type: 'MX', name, ttl, data: { preference: priority ?? 10, exchange: normal(value) } };
    case 'TXT':
      return { type: 'TXT', name, ttl, data: characterStrings(value.replace(/^"(.*)"$/s, '$1')) };
    case 'CAA': {
      // `0 issue "letsencrypt.org"`, as zone files have it.
      const [, flags, tag = '', issuer = ''] = /^(\d+) (\w+) "?([^"]*)"?$/.exec(value) ?? [];
      return flags === undefined
        ? undefined
        : { type: 'CAA', name, ttl, data: { flags: Number(flags), tag: tag as 'issue', value: issuer } };
    }
    case 'SRV': {
      // `weight port target`, with the priority before it or in a field of its own.
      const parts = value.trim().split(/\s+/);
      const [weight, port, target] = parts.slice(-3);
      if (weight === undefined || port === undefined || target === undefined) return undefined;
      const before = parts.length > 3 ? Number(parts[0]) : undefined;
      const data = { weight: Number(weight), port: Number(port), target: normal(target) };
      return { type: 'SRV', name, ttl, data: { ...data, priority: before ?? priority ?? 0 } };
    }
    default:
      return undefined;
  }
}

/** A text cut into pieces of 255 bytes, the most that one string of a TXT record holds. */
function characterStrings(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const pieces = Math.max(1, Math.ceil(bytes.length / 255));
  return Array.from({ length: pieces }, (_, index) => bytes.subarray(index * 255, (index + 1) * 255));
}
