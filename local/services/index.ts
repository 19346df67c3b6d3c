import { join } from 'node:path';

import type { CloudAddresses } from '../addresses';
import { REGIONS } from '../civo/catalogue';
import type { DnsZone, DnsZones, ObjectStores } from '../civo/backends';
import { type Acme, startAcme } from './acme';
import { openAuthority } from './authority';
import { ServiceFaults } from './faults';
import { startMail } from './mail';
import { startNameServer } from './name-server';
import { startObjectStore } from './object-store';
import type { Endpoint, Service } from './program';
import { startRegistry } from './registry';

/** Where the services listen. */
export interface ServiceEndpoints {
  dns: Endpoint;
  objectStore: Endpoint;
  acme: Endpoint;
  /** Where the ACME server itself is, behind `acme`. */
  acmeInner: Endpoint;
  acmeManagement: Endpoint;
  registry: Endpoint;
  /** The mail relay that machines see, the catcher behind it, and the catcher's web page. */
  mail: Endpoint;
  mailCatcher: Endpoint;
  mailPage: Endpoint;
}

/** On the cloud's own public addresses, each at the port where it is expected; needs the cloud's network. */
export function publicEndpoints(addresses: CloudAddresses): ServiceEndpoints {
  return {
    dns: { address: addresses.dns, port: 53 },
    objectStore: { address: addresses.objectStore, port: 443 },
    acme: { address: addresses.acme, port: 443 },
    acmeInner: { address: addresses.acme, port: 14_000 },
    acmeManagement: { address: addresses.acme, port: 15_000 },
    registry: { address: addresses.registry, port: 443 },
    mail: { address: addresses.mail, port: 2525 },
    mailCatcher: { address: '127.0.0.1', port: addresses.mailCatcherPort },
    mailPage: { address: '127.0.0.1', port: addresses.mailPagePort },
  };
}

/** On 127.0.0.1, for users who may not make a network. Machines can't reach them there: there are none. */
export function loopbackEndpoints(slot: number): ServiceEndpoints {
  const at = (offset: number) => ({ address: '127.0.0.1', port: 7500 + 10 * slot + offset });
  return {
    dns: at(0),
    objectStore: at(1),
    acme: at(2),
    acmeManagement: at(3),
    registry: at(4),
    acmeInner: at(5),
    mail: at(6),
    mailCatcher: at(7),
    mailPage: at(8),
  };
}

export interface ServicesOptions {
  endpoints: ServiceEndpoints;
  stateFolder: string;
  /** The region that the object store belongs to. */
  region: string;
  binaries: { versitygw: string; pebble: string };
  /** Folders in OCI image layout, by repository name. */
  repositories: Record<string, string>;
  /** MailDev's program; without it there is no mail relay. */
  mailCatcher?: string | undefined;
  /** The name servers of other local clouds. */
  peers?: () => readonly Endpoint[];
  log: (line: string) => void;
}

/** What a provider runs beside its API. */
export interface Services extends Service {
  /** Path of the certificate that machines trust as a public one. */
  authority: string;
  acme: Acme;
  dns: DnsZones;
  objectStores: ObjectStores;
  faults: ServiceFaults;
}

/** Starts all services, or none: if one can't be started, those before it are stopped. */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { endpoints, stateFolder, region, binaries, repositories, log } = options;
  const logFolder = join(stateFolder, 'log');
  const started: Service[] = [];
  const stop = async () => {
    for (const service of started.reverse()) await service.stop();
  };
  const keep = <T extends Service>(service: T): T => {
    started.push(service);
    return service;
  };
  const authority = await openAuthority(stateFolder);
  const certificate = (name: string, names: string[], { address }: Endpoint) =>
    authority.issue(name, [...names, address]);

  try {
    const { peers = () => [] } = options;
    const dns = keep(
      await startNameServer({ listen: endpoints.dns, ownZones: [ownZone(endpoints)], peers, log }),
    );
    const stores = REGIONS.map(({ code }) => objectStoreHost(code));
    const objectStores = keep(
      await startObjectStore({
        binary: binaries.versitygw,
        folder: join(stateFolder, 'objectstore'),
        listen: endpoints.objectStore,
        tls: await certificate('objectstore', stores, endpoints.objectStore),
        region,
        logFolder,
        log,
      }),
    );
    const acme = keep(
      await startAcme({
        binary: binaries.pebble,
        folder: stateFolder,
        listen: endpoints.acme,
        managementPort: endpoints.acmeManagement.port,
        inner: endpoints.acmeInner,
        tls: await certificate('acme', ['acme.civo.test'], endpoints.acme),
        expired: await authority.issue('acme-expired', ['acme.civo.test', endpoints.acme.address], true),
        authority,
        nameServer: endpoints.dns,
        logFolder,
        log,
      }),
    );
    const tls = await certificate('registry', ['registry.civo.test'], endpoints.registry);
    keep(
      await startRegistry({
        listen: endpoints.registry,
        tls,
        repositories,
        more: join(stateFolder, 'registry'),
      }),
    );
    if (options.mailCatcher !== undefined) {
      keep(
        await startMail({
          catcher: options.mailCatcher,
          listen: endpoints.mail,
          inner: endpoints.mailCatcher,
          page: endpoints.mailPage,
          tls: await certificate('mail', ['smtp.civo.test'], endpoints.mail),
          folder: join(stateFolder, 'mail'),
          logFolder,
          log,
        }),
      );
    }
    const faults = new ServiceFaults({ 'object-store': objectStores, acme, dns });
    return { authority: authority.certificate, acme, dns, objectStores, faults, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export const objectStoreHost = (region: string) => `objectstore.${region.toLowerCase()}.civo.test`;

/** The provider's own names. */
function ownZone({ objectStore, acme, registry, mail }: ServiceEndpoints): DnsZone {
  const a = (name: string, { address }: Endpoint) => ({ name, type: 'A', value: address, ttl: 600 });
  const stores = REGIONS.map(({ code }) => a(objectStoreHost(code), objectStore));
  return {
    name: 'civo.test',
    records: [...stores, a('acme', acme), a('registry', registry), a('smtp', mail)],
  };
}
