/** A bucket for stacks' states on a store that is as strict as Civo's is said to be, as README.md describes it for Civo. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openAuthority } from '../../local/services/authority';
import { startObjectStore } from '../../local/services/object-store';
import type { Service } from '../../local/services/program';
import type { Toolchain } from '../../local/toolchain';
import { freeEndpoint } from './freeEndpoint';

const KEY = { AWS_ACCESS_KEY_ID: 'state', AWS_SECRET_ACCESS_KEY: 'secret-of-the-state' };

export class StateBucket {
  private constructor(
    private readonly store: Service,
    /** Where its objects lie as files. */
    readonly folder: string,
    /** For `pulumi login`. */
    readonly url: string,
    /** What opens it, and the authority to trust for it. */
    readonly key: typeof KEY & { AWS_CA_BUNDLE: string },
  ) {}

  static async start({ binaries }: Toolchain, folder: string): Promise<StateBucket> {
    mkdirSync(folder, { recursive: true });
    const authority = await openAuthority(folder);
    const listen = await freeEndpoint();
    const store = await startObjectStore({
      binary: binaries.versitygw,
      folder,
      listen,
      tls: await authority.issue('state', [listen.address]),
      region: 'LON1',
      logFolder: folder,
      log: () => undefined,
    });
    await store.putCredential(KEY.AWS_ACCESS_KEY_ID, KEY.AWS_SECRET_ACCESS_KEY);
    await store.createBucket('state', KEY.AWS_ACCESS_KEY_ID);
    const url =
      `s3://state?endpoint=${listen.address}:${String(listen.port)}&region=LON1&s3ForcePathStyle=true` +
      '&request_checksum_calculation=when_required';
    const key = { ...KEY, AWS_CA_BUNDLE: authority.certificate };
    return new StateBucket(store, join(folder, 'buckets', 'state'), url, key);
  }

  stop(): Promise<void> {
    return this.store.stop();
  }
}
