import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ObjectStores } from '../civo/backends';
import type { ServerCertificate } from './authority';
import type { CanFail } from './faults';
import { type Access, iamFile, type Policy } from './object-store-access';
import { startObjectStoreFront } from './object-store-front';
import { type Endpoint, type Service, startProgram } from './program';

export interface ObjectStoreOptions {
  /** The versitygw binary. */
  binary: string;
  /** Buckets and credentials live here; bucket `b` is the folder `buckets/b`. */
  folder: string;
  /** Where S3 is served, over TLS. */
  listen: Endpoint;
  tls: ServerCertificate;
  /** Requests must be signed for this region, as Civo writes it: `LON1`. */
  region: string;
  logFolder: string;
  log: (line: string) => void;
}

/** On Linux 107, on macOS 103. */
const LONGEST_SOCKET_PATH = 103;

interface HasPolicies {
  /** Lets a key do what a policy says, in place of everything on its own buckets. */
  putPolicy(accessKey: string, policy: Policy): Promise<void>;
}

/** Starts versitygw on a folder: a real S3 server. A credential can only use the buckets that it owns. */
export async function startObjectStore(
  options: ObjectStoreOptions,
): Promise<ObjectStores & Service & CanFail<'object-store'> & HasPolicies> {
  const { binary, folder, listen, tls, region, log } = options;
  const buckets = join(folder, 'buckets');
  const iam = join(folder, 'iam');
  await Promise.all([buckets, iam].map((path) => mkdir(path, { recursive: true, mode: 0o700 })));

  const accessFile = join(folder, 'access.json');
  const access = await readAccess(accessFile);
  /** A key that is refused as long as a test needs that. */
  let revoked = '';
  /** The last change wins, whichever order the writes end in. */
  let writes = Promise.resolve();
  const save = () => {
    const write = async () => {
      await writeSecretly(accessFile, access);
      const known = { ...access, secrets: without(access.secrets, revoked) };
      await writeSecretly(join(iam, 'iam.json'), iamFile(known, region));
    };
    return (writes = writes.then(write, write));
  };
  await save();

  // Both programs share the administrator's key, and no other process needs it: a new one at each start.
  const env = { ROOT_ACCESS_KEY: 'administrator', ROOT_SECRET_KEY: randomBytes(30).toString('base64url') };
  const sockets = { private: join(iam, 'private'), public: join(iam, 'public'), store: join(iam, 'store') };
  for (const socket of Object.values(sockets)) {
    if (socket.length > LONGEST_SOCKET_PATH) {
      throw new Error(
        `${folder} is too long a path: sockets in it need ${String(socket.length)} characters, and systems allow ` +
          `${String(LONGEST_SOCKET_PATH)}. Move the checkout to a shorter path.`,
      );
    }
    await rm(socket, { force: true }); // of a process that was killed
  }

  const accounts = await startProgram({
    name: "The object store's accounts (versitygw iam)",
    command: binary,
    args: ['--port', sockets.public, '--quiet', 'iam', '--dir', iam, '--private-ports', sockets.private],
    env,
    logFile: join(options.logFolder, 'objectstore-iam.log'),
    listensOn: [sockets.private],
    log,
  });
  const gateway = await startProgram({
    name: 'The object store (versitygw)',
    command: binary,
    args: [
      ...['--port', sockets.store, '--region', region, '--iam-standalone-endpoint', sockets.private],
      ...['--keep-alive', 'posix', buckets],
    ],
    env,
    logFile: join(options.logFolder, 'objectstore.log'),
    listensOn: [sockets.store],
    log,
  }).catch(async (error: unknown) => {
    await accounts.stop();
    throw error;
  });
  const front = await startObjectStoreFront({ listen, server: sockets.store, tls }).catch(
    async (error: unknown) => {
      await gateway.stop();
      await accounts.stop();
      throw error;
    },
  );

  return {
    putCredential: (accessKey, secretKey) => {
      access.secrets[accessKey] = secretKey;
      return save();
    },
    removeCredential: (accessKey) => {
      access.secrets = without(access.secrets, accessKey);
      return save();
    },
    putPolicy: (accessKey, policy) => {
      access.policies = { ...access.policies, [accessKey]: policy };
      return save();
    },
    createBucket: async (name, ownerAccessKey) => {
      await mkdir(join(buckets, name), { recursive: true });
      access.owners[name] = ownerAccessKey;
      await save();
    },
    // S3 refuses to delete a bucket that holds something; Civo doesn't ask.
    removeBucket: async (name) => {
      access.owners = without(access.owners, name);
      await save();
      await rm(join(buckets, name), { recursive: true, force: true });
    },
    fail: async (fault) => {
      revoked = fault?.accessKey ?? '';
      await save();
      await front.fail(fault);
      if (fault?.fault === 'hang') gateway.freeze();
      else if (fault?.fault === 'slow') gateway.slow();
      else await gateway.resume();
    },
    stop: async () => {
      await front.stop();
      await gateway.stop();
      await accounts.stop();
    },
  };
}

const without = (record: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));

async function readAccess(file: string): Promise<Access> {
  if (!existsSync(file)) return { secrets: {}, owners: {} };
  return JSON.parse(await readFile(file, 'utf8')) as Access;
}

/** Replaces a file in one step: a reader sees the old one or the new one. */
async function writeSecretly(file: string, content: unknown): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
