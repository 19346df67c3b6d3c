import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';

import { startAcmeFront } from './acme-front';
import type { Authority, ServerCertificate } from './authority';
import type { CanFail } from './faults';
import { type Endpoint, type Service, startProgram } from './program';

export interface AcmeOptions {
  /** The pebble binary. */
  binary: string;
  /** Gets the configuration, and `acme-root.pem`. */
  folder: string;
  /** Where the directory is served, at `/dir`. */
  listen: Endpoint;
  /** Where Pebble itself listens, behind that. */
  inner: Endpoint;
  /** Port of the management interface, at the same address. */
  managementPort: number;
  tls: ServerCertificate;
  /** What it shows when it is to show an expired certificate. */
  expired: ServerCertificate;
  authority: Authority;
  /** The name server by which names are validated. */
  nameServer: Endpoint;
  logFolder: string;
  log: (line: string) => void;
}

export interface Acme extends Service, CanFail<'acme'> {
  /**
   * Path of the root certificates that what it issues leads to, in PEM. Pebble keeps nothing: each start has a new root,
   * and it comes first here. Those of earlier starts stay, since servers still show certificates that lead to them.
   */
  root: string;
}

/** Starts Pebble, strict: a small ACME server that behaves like Let's Encrypt, and validates for real. */
export async function startAcme(options: AcmeOptions): Promise<Acme> {
  const { folder, listen, inner, managementPort, tls, nameServer } = options;
  const management = { address: inner.address, port: managementPort };
  const configuration = join(folder, 'pebble.json');
  await mkdir(folder, { recursive: true });
  await writeFile(
    configuration,
    JSON.stringify({
      pebble: {
        listenAddress: `${inner.address}:${String(inner.port)}`,
        managementListenAddress: `${management.address}:${String(management.port)}`,
        certificate: tls.certificate,
        privateKey: tls.key,
        httpPort: 80,
        tlsPort: 443,
        ocspResponderURL: '',
        externalAccountBindingRequired: false,
        profiles: {
          default: { description: 'As long as those of Let’s Encrypt', validityPeriod: 90 * 24 * 3600 },
        },
      },
    }),
  );
  const root = join(folder, 'acme-root.pem');
  let crossSigned = '';
  const saveRoot = async () => {
    const newest = await fetchRoot(management, await readFile(options.authority.certificate));
    crossSigned = await options.authority.crossSign(newest);
    const earlier = await readFile(root, 'utf8').catch(() => '');
    await writeFile(root, newest + earlier);
  };
  const program = await startProgram({
    name: 'The ACME server (pebble)',
    command: options.binary,
    args: [
      '-config',
      configuration,
      '-strict',
      '-dnsserver',
      `${nameServer.address}:${String(nameServer.port)}`,
    ],
    // Validation without the random wait that Pebble adds to find clients that count on its speed.
    env: { PEBBLE_VA_NOSLEEP: '1' },
    logFile: join(options.logFolder, 'acme.log'),
    listensOn: [inner, management],
    onRestart: saveRoot,
    log: options.log,
  });
  await saveRoot();
  const ca = await readFile(options.authority.certificate);
  const { expired } = options;
  const front = await startAcmeFront({
    ...{ listen, server: inner, tls, expired, ca },
    crossSigned: () => crossSigned,
  });
  return {
    root,
    fail: (fault) => front.fail(fault),
    stop: async () => {
      await front.stop();
      await program.stop();
    },
  };
}

function fetchRoot({ address, port }: Endpoint, ca: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: address, port, path: '/roots/0', ca }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject).on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else
          reject(
            new Error(`The ACME server gave no root certificate (status ${String(response.statusCode)}).`),
          );
      });
    }).on('error', reject);
  });
}
