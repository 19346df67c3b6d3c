import Fastify from 'fastify';

import { Cloud } from './cloud';
import { dashboardRoutes } from './dashboard/routes';
import { answerErrors } from './errors';
import { Fault, type FaultInput } from './faults/fault';
import { Faults, type StandingFault } from './faults/faults';
import { faultRoutes } from './faults/routes';
import { resumeInstances } from './instance-lifecycle';
import { messageOf } from './jobs';
import { type CivoOptions, withDefaults } from './options';
import { handleRequests, type LoggedRequest } from './requests';
import { resumeReservedIps } from './reserved-ips';
import { resumeClusters } from './clusters';
import { catalogueRoutes } from './routes/catalogue';
import { chargeRoutes } from './routes/charges';
import { clusterRoutes } from './routes/clusters';
import { databaseRoutes, resumeDatabases } from './routes/databases';
import { dnsRoutes } from './routes/dns';
import { firewallRoutes } from './routes/firewalls';
import { instanceRoutes } from './routes/instances';
import { loadBalancerRoutes } from './routes/load-balancers';
import { networkRoutes } from './routes/networks';
import { objectStoreCredentialRoutes, resumeCredentials } from './routes/object-store-credentials';
import { objectStoreRoutes, resumeObjectStores } from './routes/object-stores';
import { reservedIpRoutes } from './routes/reserved-ips';
import { sshKeyRoutes } from './routes/ssh-keys';
import { subnetRoutes } from './routes/subnets';
import { volumeRoutes } from './routes/volumes';
import { Store } from './store';
import { resumeVolumes } from './volumes';

export * from './backends';
export { type CivoOptions, DEFAULT_TIMINGS, LOCAL_TOKEN, NO_TIME, type Timings } from './options';
export type { LoggedRequest } from './requests';

/** A local Civo API that is running. */
export interface CivoApi {
  /** For `CIVO_API_URL`: no trailing slash. */
  url: string;
  /** For `CIVO_TOKEN`. */
  token: string;
  /** The last requests, newest last; continues to be filled. */
  requests: readonly LoggedRequest[];
  /** Makes something go wrong. */
  fault(fault: FaultInput): StandingFault;
  /** Takes away all faults, also those of the scenario. */
  liftFaults(): void;
  /** Stops serving. What is under way is cut short and resumed by the next start from the same state file. */
  close(): Promise<void>;
}

/**
 * Starts a Civo API on 127.0.0.1, with the state of an earlier one if its file is there. Before it listens, firewalls,
 * addresses, credentials, buckets and DNS are as the state says; machines are powered on in the background.
 */
export async function startCivoApi(options: CivoOptions): Promise<CivoApi> {
  const settings = withDefaults(options);
  const cloud = new Cloud(new Store(options.stateFile, settings.regions), settings);
  const app = Fastify({ forceCloseConnections: true });

  const faults = new Faults(cloud);
  settings.scenario.forEach((fault) => faults.add(fault));

  answerErrors(app, settings.log);
  const requests = handleRequests(app, settings, faults.interceptor, () => {
    cloud.save();
  });
  faultRoutes(app, faults);
  settings.extend(app);
  dashboardRoutes(app, { cloud, faults, requests });
  catalogueRoutes(app, cloud);
  for (const prefix of ['/v2', '/v2/vpc']) {
    networkRoutes(app, cloud, prefix);
    subnetRoutes(app, cloud, prefix);
    firewallRoutes(app, cloud, prefix);
    reservedIpRoutes(app, cloud, prefix);
    loadBalancerRoutes(app, cloud, prefix);
  }
  sshKeyRoutes(app, cloud);
  instanceRoutes(app, cloud);
  dnsRoutes(app, cloud);
  objectStoreCredentialRoutes(app, cloud);
  objectStoreRoutes(app, cloud);
  volumeRoutes(app, cloud);
  databaseRoutes(app, cloud);
  clusterRoutes(app, cloud);
  chargeRoutes(app, cloud);

  await resume(cloud);
  const url = await app.listen({ host: '127.0.0.1', port: options.port });
  return {
    url,
    token: settings.token,
    requests,
    fault: (fault) => faults.add(Fault.parse(fault)),
    liftFaults: () => faults.lift(),
    close: async () => {
      faults.lift();
      await app.close();
      await cloud.jobs.close();
      cloud.save();
    },
  };
}

/** Makes everything real agree with the state. What fails is reported and left: the API must start to repair it. */
async function resume(cloud: Cloud): Promise<void> {
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      cloud.settings.log(`${what} could not be brought back: ${messageOf(error)}`);
    }
  };
  const { instances } = cloud.state;
  await attempt('Addresses and firewalls', () =>
    Promise.all(instances.map((instance) => cloud.applyAddress(instance.private_ip))),
  );
  await attempt('DNS', () => cloud.applyDns());
  await attempt('Object store credentials', () => resumeCredentials(cloud));
  await attempt('Object stores', () => resumeObjectStores(cloud));
  resumeReservedIps(cloud);
  resumeInstances(cloud);
  resumeVolumes(cloud);
  resumeDatabases(cloud);
  resumeClusters(cloud);
}
