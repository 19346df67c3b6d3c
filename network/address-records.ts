/** A DNS record, with the whole host name and the name as it stands inside the zone (`@`: the zone itself). */
export interface DnsRecord<Value = string> {
  readonly host: string;
  readonly name: string;
  readonly type: 'A';
  readonly value: Value;
}

interface Names {
  readonly domain: string;
  readonly webDomain: string;
  readonly mediaDomain: string;
  /** Whether the domain leads here as well. Default: it does. */
  readonly apex?: 'here' | 'elsewhere';
}

/** One record for each name of the server, in the zone of its domain. */
export function addressRecords<Value>(names: Names, ip: Value): readonly DnsRecord<Value>[] {
  const own = names.apex === 'elsewhere' ? [] : [names.domain];
  const hosts = [...new Set([...own, names.webDomain, names.mediaDomain])];
  return hosts.map((host) => ({ host, name: nameInZone(host, names.domain), type: 'A', value: ip }));
}

function nameInZone(host: string, zone: string): string {
  if (host === zone) return '@';
  return host.endsWith(`.${zone}`) ? host.slice(0, -zone.length - 1) : host;
}
