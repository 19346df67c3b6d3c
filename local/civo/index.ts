import Fastify from 'fastify';

import { Cloud } from './cloud';
import { answerErrors } from './errors';
import { resumeInstances } from './instance-lifecycle';
import { messageOf } from './jobs';
import { type CivoOptions, withDefaults } from './options';
import { handleRequests, type LoggedRequest } from './requests';
import { resumeReservedIps } from './reserved-ips';
import { catalogueRoutes } from './routes/catalogue';
import { dnsRoutes } from './routes/dns';
import { firewallRoutes } from './routes/firewalls';
import { instanceRoutes } from './routes/instances';
import { networkRoutes } from './routes/networks';
import { objectStoreCredentialRoutes, resumeCredentials } from './routes/object-store-credentials';
import { objectStoreRoutes, resumeObjectStores } from './routes/object-stores';
import { reservedIpRoutes } from './routes/reserved-ips';
import { sshKeyRoutes } from './routes/ssh-keys';
import { Store } from './store';

export * from './backends';
export { type CivoOptions, DEFAULT_TIMINGS, LOCAL_TOKEN, NO_TIME, type Timings } from './options';
export type { Interceptor, LoggedRequest } from './requests';

/** A local Civo API that is running. */
export interface CivoApi {
  /** For `CIVO_API_URL`: no trailing slash. */
  url: string;
  /** For `CIVO_TOKEN`. */
  token: string;
  /** The last requests, newest last; goes on being filled. */
  requests: readonly LoggedRequest[];
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

  answerErrors(app, settings.log);
  const requests = handleRequests(app, settings, () => {
    cloud.save();
  });
  catalogueRoutes(app, cloud);
  for (const prefix of ['/v2', '/v2/vpc']) {
    networkRoutes(app, cloud, prefix);
    firewallRoutes(app, cloud, prefix);
    reservedIpRoutes(app, cloud, prefix);
  }
  sshKeyRoutes(app, cloud);
  instanceRoutes(app, cloud);
  dnsRoutes(app, cloud);
  objectStoreCredentialRoutes(app, cloud);
  objectStoreRoutes(app, cloud);

  await resume(cloud);
  const url = await app.listen({ host: '127.0.0.1', port: options.port });
  return {
    url,
    token: settings.token,
    requests,
    close: async () => {
      await app.close();
      await cloud.jobs.close();
      cloud.save();
    },
  };
}

/** Makes everything real agree with the state. What fails is told and left: the API must come up to mend it. */
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
}
