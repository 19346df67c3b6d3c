/**
 * The process behind a local cloud: services and Civo API, for as long as it runs. Started by `startCloud`, with its
 * options as JSON in the first argument; what it prints goes to `log/cloud.log`.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { cloudAddresses } from './addresses';
import { type Backends, paperBackends, startCivoApi } from './civo';
import type { CloudStatus, DaemonOptions } from './cloud';
import { localMachines } from './machines';
import { bringUpNetwork, neighbours, NftablesFabric } from './network';
import { loopbackEndpoints, objectStoreHost, publicEndpoints, startServices } from './services';
import { serviceFaultRoutes } from './services/faults';

const log = (line: string) => {
  console.log(`${new Date().toISOString()} ${line}`);
};

async function main(argument: string): Promise<void> {
  const options = JSON.parse(argument) as DaemonOptions;
  const { slot, stateFolder, paper, region, closed, binaries, repositories } = options;
  const addresses = cloudAddresses(slot);
  const inState = (name: string) => join(stateFolder, name);

  if (!paper) await bringUpNetwork(addresses, closed);
  const endpoints = paper ? loopbackEndpoints(slot) : publicEndpoints(addresses);
  const { mailCatcher } = options;
  const services = await startServices({
    ...{ endpoints, stateFolder, region, binaries, repositories, mailCatcher, log },
    peers:
      paper || closed ? () => [] : () => neighbours(addresses).map(({ dns }) => ({ address: dns, port: 53 })),
  });

  const { machines, fabric } = paper ? paperBackends() : realMachines();
  function realMachines(): Pick<Backends, 'machines' | 'fabric'> {
    const folder = inState('machines');
    return {
      machines: localMachines(options.machines, { addresses, folder, authority: services.authority }),
      fabric: new NftablesFabric(addresses, closed),
    };
  }
  const { address, port } = endpoints.objectStore;
  const api = await startCivoApi({
    port: addresses.civoApiPort,
    stateFile: inState('civo.json'),
    backends: { machines, fabric, objectStores: services.objectStores, dns: services.dns },
    objectStoreEndpoint: paper ? () => `${address}:${String(port)}` : objectStoreHost,
    ...(!paper && { about: 'Real machines, buckets and names on this computer.' }),
    extend: (app) => {
      serviceFaultRoutes(app, services.faults);
    },
    addressPool: addresses.publicPool,
    privateNetwork: {
      cidr: addresses.privateCidr,
      first: addresses.gateway.replace(/\d+$/, '10'),
      last: addresses.gateway.replace(/\d+$/, '250'),
    },
    log,
  });

  const { mailPage: page } = endpoints;
  const status: CloudStatus = {
    civoApiUrl: api.url,
    token: api.token,
    acmeRoot: services.acme.root,
    ...(mailCatcher !== undefined && { mailPage: `http://${page.address}:${String(page.port)}/` }),
  };
  // Whole or not at all: `startCloud` reads it as soon as it is there.
  writeFileSync(inState('cloud.json.new'), JSON.stringify(status));
  renameSync(inState('cloud.json.new'), inState('cloud.json'));
  log(`ready: ${api.url}`);

  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    const close = async () => {
      await api.close();
      await services.stop();
    };
    void close().finally(() => process.exit());
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  // `startCloud` shows the last line to the user.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
